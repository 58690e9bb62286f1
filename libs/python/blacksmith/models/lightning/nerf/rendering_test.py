"""Volume rendering against what integrals say."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

from blacksmith.models.lightning.nerf.rendering import (  # noqa: E402
    over,
    over_straight,
    volume_weights,
)
from blacksmith.models.lightning.nerf.sampling import thickness  # noqa: E402


def test_a_slab_of_even_density_lets_through_what_beers_law_says() -> None:
    # Density 1.7 between 1 and 3 of a ray from 0 to 4, unevenly sampled.
    edges = torch.cat([torch.linspace(0, 1, 6)[:-1], torch.linspace(1, 3, 38), torch.tensor([3.5])])
    lengths = thickness(edges[None].double(), torch.tensor([4.0]).double())
    inside = ((edges >= 1) & (edges < 3)).double()[None]
    weights = volume_weights(1.7 * inside * lengths)
    assert float(weights.sum()) == pytest.approx(1 - math.exp(-1.7 * 2), abs=1e-6)


def test_each_part_of_a_slab_shows_as_much_as_its_integral() -> None:
    density, step = 0.9, 0.125
    weights = volume_weights(torch.full((1, 16), density * step, dtype=torch.float64))
    left = torch.arange(16, dtype=torch.float64) * step
    exact = torch.exp(-density * left) - torch.exp(-density * (left + step))
    torch.testing.assert_close(weights[0], exact)


def test_a_wall_hides_what_is_behind_it() -> None:
    weights = volume_weights(torch.tensor([[0.0, 1e4, 5.0]]))
    assert weights.tolist() == [[0.0, 1.0, 0.0]]


def test_gradients_of_two_samples_are_those_worked_by_hand() -> None:
    # w1 = 1 - e^-a, w2 = e^-a (1 - e^-b); colour = 2 w1 + 5 w2.
    optical = torch.tensor([[0.3, 0.8]], dtype=torch.float64, requires_grad=True)
    weights = volume_weights(optical)
    (weights @ torch.tensor([2.0, 5.0], dtype=torch.float64)).sum().backward()
    a, b = math.exp(-0.3), math.exp(-0.8)
    assert optical.grad is not None
    assert optical.grad[0].tolist() == pytest.approx([2 * a - 5 * a * (1 - b), 5 * a * b])


def test_thin_matter_does_not_lose_its_weight_to_rounding() -> None:
    weights = volume_weights(torch.tensor([[1e-9, 1e-9]]))
    assert weights[0].tolist() == pytest.approx([1e-9, 1e-9], rel=1e-6)


def test_the_background_shows_where_nothing_is() -> None:
    seen = over(torch.tensor([[0.2, 0.1, 0.0]]), torch.tensor([0.25]), torch.ones(3))
    assert seen[0].tolist() == pytest.approx([0.95, 0.85, 0.75])
    half = over_straight(torch.tensor([1.0, 0.0, 0.5, 0.5]), torch.tensor([0.0, 1.0, 1.0]))
    assert half.tolist() == pytest.approx([0.5, 0.5, 0.75])
