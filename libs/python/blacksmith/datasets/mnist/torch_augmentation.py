"""Moves images about: what a model should know them by, however they lie."""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


class Augmentation(Protocol):
    """How far, at most: degrees, share of the size, pixels; and whether some are mirrored."""

    rotation: float
    scale: float
    shift: float
    flip: bool


def moves(how: Augmentation) -> bool:
    """Whether anything is moved at all."""
    return bool(how.rotation or how.scale or how.shift or how.flip)


def chances(seed: int, step: int, count: int) -> Tensor:
    """What happens to each of a step's images (count, 5), a function of seed and step alone: a run
    that continues draws what one in a piece would have, and each device takes those of its images.
    """
    drawn = np.random.default_rng([seed, step]).random((5, count), np.float32)
    return torch.from_numpy(np.ascontiguousarray(2 * drawn.T - 1))


def augmented(images: Tensor, how: Augmentation, chance: Tensor, background: float) -> Tensor:
    """Square images (n, side²) of the CPU, each turned, scaled, shifted and mirrored as `chance`
    (n, 5) has it. What comes in at the border is `background`.
    """
    count, side = len(images), math.isqrt(images.shape[1])
    turn, grow, across, down, mirror = chance.unbind(1)
    angle, size = turn * math.radians(how.rotation), 1 + grow * how.scale
    cos, sin = angle.cos() / size, angle.sin() / size
    side_of = torch.where(mirror < 0, -1.0, 1.0) if how.flip else torch.ones(count)
    # From places in the new image to places in the old one, both from -1 to 1.
    shift = 2 * how.shift / side
    rows = (
        torch.stack([side_of * cos, -sin, across * shift], 1),
        torch.stack([side_of * sin, cos, down * shift], 1),
    )
    shape = [count, 1, side, side]
    places = F.affine_grid(torch.stack(rows, 1), shape, align_corners=False)
    moved = F.grid_sample(images.view(shape) - background, places, align_corners=False)
    return (moved + background).flatten(1)
