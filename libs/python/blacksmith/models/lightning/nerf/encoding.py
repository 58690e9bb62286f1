"""Encodings of positions and directions."""

from __future__ import annotations

import torch
from torch import Tensor


def positional_encoding(x: Tensor, frequencies: int) -> Tensor:
    """x and sin, cos of 2^k · π · x for k < frequencies: (n, d) to (n, d · (1 + 2 · frequencies)).

    Equation 4 of Mildenhall et al., "NeRF" (https://arxiv.org/abs/2003.08934); x in -1..1.
    """
    scale = torch.pi * 2.0 ** torch.arange(frequencies, device=x.device, dtype=x.dtype)
    angle = (x[:, None, :] * scale[:, None]).flatten(1)  # (n, frequencies · d)
    return torch.cat([x, angle.sin(), angle.cos()], dim=-1)


def spherical_harmonics(direction: Tensor) -> Tensor:
    """The real spherical harmonics up to degree 2 of unit directions (n, 3): (n, 9)."""
    x, y, z = direction.unbind(-1)
    return torch.stack(
        [
            torch.full_like(x, 0.28209479177387814),
            0.4886025119029199 * y,
            0.4886025119029199 * z,
            0.4886025119029199 * x,
            1.0925484305920792 * x * y,
            1.0925484305920792 * y * z,
            0.31539156525252005 * (3 * z * z - 1),
            1.0925484305920792 * x * z,
            0.5462742152960396 * (x * x - y * y),
        ],
        dim=-1,
    )
