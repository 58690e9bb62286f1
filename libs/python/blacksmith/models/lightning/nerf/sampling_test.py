"""Where rays are sampled."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from blacksmith.models.lightning.nerf.sampling import (  # noqa: E402
    cube_span,
    importance,
    stratified,
    thickness,
)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def test_each_bin_has_one_sample_anywhere_in_it() -> None:
    near, far = torch.full((4000,), 2.0), torch.full((4000,), 6.0)
    samples, edges = stratified(near, far, 8, jitter=True)
    assert bool(((samples >= edges[:, :-1]) & (samples <= edges[:, 1:])).all())
    within = (samples - edges[:, :-1]) / 0.5
    assert within.mean(0).tolist() == pytest.approx([0.5] * 8, abs=0.02)
    assert within.std(0).tolist() == pytest.approx([12**-0.5] * 8, abs=0.02)


def test_without_jitter_a_sample_is_the_middle_of_its_bin() -> None:
    samples, _ = stratified(torch.tensor([0.0]), torch.tensor([1.0]), 4, jitter=False)
    assert samples[0].tolist() == pytest.approx([0.125, 0.375, 0.625, 0.875])


def test_importance_samples_follow_the_weights() -> None:
    edges = torch.tensor([[0.0, 1.0, 2.0, 4.0, 5.0]]).expand(200, 5)
    weights = torch.tensor([[1.0, 0.0, 6.0, 3.0]]).expand(200, 4)
    drawn = importance(edges, weights, 500, jitter=True)
    assert bool((drawn[:, 1:] >= drawn[:, :-1]).all())
    counts = torch.histogram(drawn.flatten(), edges[0]).hist / drawn.numel()
    assert counts.tolist() == pytest.approx([0.1, 0.0, 0.6, 0.3], abs=0.003)
    # Even inside a bin.
    wide = drawn[(drawn > 2) & (drawn < 4)]
    assert float(wide.mean()) == pytest.approx(3, abs=0.01)


def test_without_jitter_importance_samples_are_the_quantiles() -> None:
    edges, weights = torch.tensor([[0.0, 1.0, 3.0]]), torch.tensor([[1.0, 1.0]])
    drawn = importance(edges, weights, 4, jitter=False)
    assert drawn[0].tolist() == pytest.approx([0.25, 0.75, 1.5, 2.5], abs=1e-3)


def test_a_ray_that_meets_nothing_is_sampled_evenly() -> None:
    edges = torch.linspace(2, 6, 9)[None]
    drawn = importance(edges, torch.zeros(1, 8), 4, jitter=False)
    assert drawn[0].tolist() == pytest.approx([2.5, 3.5, 4.5, 5.5])


def test_lengths_reach_to_the_next_sample_and_the_last_to_the_end() -> None:
    lengths = thickness(torch.tensor([[1.0, 1.5, 3.0]]), torch.tensor([3.25]))
    assert lengths[0].tolist() == [0.5, 1.5, 0.25]


def test_rays_enter_and_leave_the_cube_where_geometry_says() -> None:
    rays = torch.tensor(
        [[0.0, 0.0, 4.0, 0.0, 0.0, -1.0], [0.0, 3.0, 4.0, 0.0, 0.0, -1.0], [0.5, 0, 0, 1, 0, 0]]
    )
    near, far = cube_span(rays, 1.5)
    assert near.tolist() == pytest.approx([2.5, float(near[1]), 0.0])
    assert far.tolist() == pytest.approx([5.5, float(near[1]), 1.0])
