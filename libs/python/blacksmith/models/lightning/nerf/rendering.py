"""Volume rendering: from densities along rays to the colours that arrive at the camera."""

from __future__ import annotations

import torch
from torch import Tensor


def volume_weights(optical: Tensor) -> Tensor:
    """How much each sample shows, (rays, samples), from optical thicknesses density · length.

    w_i = T_i · (1 - exp(-τ_i)) with T_i = exp(-Σ_{j<i} τ_j), equation 3 of the NeRF paper.
    """
    before = optical.cumsum(dim=1) - optical
    return torch.exp(-before) * -torch.expm1(-optical)


def over(colour: Tensor, opacity: Tensor, background: Tensor) -> Tensor:
    """What is seen (n, 3): colours weighted by opacity already, on a background (n, 3) or (3,)."""
    return colour + (1 - opacity)[:, None] * background


def over_straight(rgba: Tensor, background: Tensor) -> Tensor:
    """Straight RGBA (..., 4), as in a PNG, on a background (..., 3) or (3,)."""
    return rgba[..., :3] * rgba[..., 3:] + (1 - rgba[..., 3:]) * background
