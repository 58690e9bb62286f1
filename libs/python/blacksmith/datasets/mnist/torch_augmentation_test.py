"""Images that are moved about."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from blacksmith.datasets.mnist.torch_augmentation import augmented, chances, moves  # noqa: E402
from blacksmith.training.request import Config  # noqa: E402

still = {"rotation": 0, "scale": 0, "shift": 0, "flip": False}


def move(images: Tensor, seed: int = 0, step: int = 0, **how: float) -> Tensor:
    return augmented(images, Config(still | how), chances(seed, step, len(images)), background=-1)


def dots(count: int = 200) -> Tensor:
    """Images of nothing but one bright pixel, right of the middle."""
    images = torch.full((count, 28, 28), -1.0)
    images[:, 14, 20] = 5
    return images.flatten(1)


def centres(images: Tensor) -> Tensor:
    """Where the light is, (n, 2): rows and columns from the middle."""
    light = images.view(-1, 28, 28) + 1
    places = torch.arange(28) - 13.5
    total = light.sum((1, 2))
    return torch.stack(
        [(light.sum(2) * places).sum(1) / total, (light.sum(1) * places).sum(1) / total], 1
    )


def test_equal_seeds_and_steps_move_alike_and_others_do_not() -> None:
    images = torch.randn(8, 784)
    first = move(images, 1, 2, shift=2)
    assert torch.equal(first, move(images, 1, 2, shift=2))
    assert not torch.equal(first, move(images, 1, 3, shift=2))
    assert not torch.equal(first, move(images, 2, 2, shift=2))


def test_it_draws_from_no_generator_that_others_use() -> None:
    before = torch.get_rng_state()
    move(torch.zeros(8, 784), shift=2, rotation=10)
    assert torch.equal(torch.get_rng_state(), before)


def test_without_any_movement_an_image_stays_as_it_is() -> None:
    images = torch.randn(4, 784)
    assert not moves(Config(still))
    torch.testing.assert_close(move(images), images, rtol=0, atol=1e-4)


def test_shifts_go_as_far_as_they_may_in_both_directions() -> None:
    away = centres(move(dots(), shift=3)) - torch.tensor([0.5, 6.5])
    assert away.abs().max() <= 3.01
    for axis in (0, 1):
        assert away[:, axis].min() < -2.5
        assert away[:, axis].max() > 2.5


def test_a_turn_keeps_the_distance_from_the_middle() -> None:
    found = centres(move(dots(), rotation=30))
    torch.testing.assert_close(found.norm(dim=1), torch.full((200,), 6.52), rtol=0, atol=0.1)
    angles = torch.atan2(found[:, 0], found[:, 1]) * 180 / math.pi
    assert angles.min() < -20
    assert angles.max() > 25


def test_an_image_grows_and_shrinks() -> None:
    found = centres(move(dots(), scale=0.2))[:, 1]
    assert 5.1 < found.min() < 5.5
    assert 7.5 < found.max() < 7.9


def test_half_of_them_are_mirrored() -> None:
    found = centres(move(dots(), flip=True))[:, 1]
    assert set(found.round(decimals=1).tolist()) == {6.5, -6.5}
    assert 60 < (found > 0).sum() < 140


def test_what_comes_in_at_the_border_is_background() -> None:
    blank = torch.full((20, 784), -1.0)
    torch.testing.assert_close(move(blank, shift=9, rotation=40, scale=0.5), blank)
