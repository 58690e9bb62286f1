"""Signed distances of a few solids, by components so that numpy streams through them.

Every function takes points as three float32 arrays (n,) and gives distances (n,), negative inside.
Only + - * / sqrt, minimum, maximum and rint are used: IEEE 754 fixes their results, so the bytes of
a rendered scene do not depend on a processor's or a C library's sine.
Formulas: Inigo Quilez, "3D SDFs" (https://iquilezles.org/articles/distfunctions/).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]


def length2(x: Floats, y: Floats) -> Floats:
    """Euclidean length of (x, y)."""
    length: Floats = np.sqrt(x * x + y * y)
    return length


def length3(x: Floats, y: Floats, z: Floats) -> Floats:
    """Euclidean length of (x, y, z)."""
    length: Floats = np.sqrt(x * x + y * y + z * z)
    return length


def ball(x: Floats, y: Floats, z: Floats, radius: float) -> Floats:
    """A ball around the origin."""
    return length3(x, y, z) - np.float32(radius)


def box(x: Floats, y: Floats, z: Floats, half: tuple[float, float, float]) -> Floats:
    """A box around the origin with the given half edges."""
    dx = np.abs(x) - np.float32(half[0])
    dy = np.abs(y) - np.float32(half[1])
    dz = np.abs(z) - np.float32(half[2])
    outside = length3(np.maximum(dx, 0), np.maximum(dy, 0), np.maximum(dz, 0))
    inside: Floats = np.minimum(np.maximum(dx, np.maximum(dy, dz)), 0)
    return outside + inside


def cylinder(x: Floats, y: Floats, z: Floats, radius: float, half_height: float) -> Floats:
    """An upright cylinder around the origin."""
    side = length2(x, y) - np.float32(radius)
    cap = np.abs(z) - np.float32(half_height)
    inside: Floats = np.minimum(np.maximum(side, cap), 0)
    return length2(np.maximum(side, 0), np.maximum(cap, 0)) + inside


def cone_along_x(
    x: Floats, y: Floats, z: Floats, length: float, thick: float, thin: float
) -> Floats:
    """A rounded spike from the origin along +x, its radius shrinking from `thick` to `thin`."""
    along = np.clip(x, 0, np.float32(length))
    radius = np.float32(thick) - along * np.float32((thick - thin) / length)
    # Distance to the axis less the radius overestimates on a slope: scale by the slope's cosine.
    cosine = length / (length * length + (thick - thin) ** 2) ** 0.5
    return (length3(x - along, y, z) - radius) * np.float32(cosine)


def capsule(
    x: Floats, y: Floats, z: Floats, start: tuple[float, ...], end: tuple[float, ...], radius: float
) -> Floats:
    """A rod with round ends from `start` to `end`."""
    a = [np.float32(v) for v in start]
    d = [np.float32(e - s) for s, e in zip(start, end, strict=True)]
    px, py, pz = x - a[0], y - a[1], z - a[2]
    along = (px * d[0] + py * d[1] + pz * d[2]) / (d[0] * d[0] + d[1] * d[1] + d[2] * d[2])
    along = np.clip(along, 0, 1)
    return length3(px - along * d[0], py - along * d[1], pz - along * d[2]) - np.float32(radius)


def torus(x: Floats, y: Floats, z: Floats, radius: float, thickness: float) -> Floats:
    """A ring in the plane y = 0 around the origin."""
    return length2(length2(x, z) - np.float32(radius), y) - np.float32(thickness)


def arch(x: Floats, y: Floats, z: Floats, radius: float, thickness: float, leg: float) -> Floats:
    """A horseshoe in the plane y = 0: half a ring above z = 0 and two legs down to -leg."""
    below = np.minimum(z, 0)
    bent = length2(length2(x, np.maximum(z, 0)) - np.float32(radius), y)
    legs = length3(np.abs(x) - np.float32(radius), y, below - np.maximum(below, np.float32(-leg)))
    centre: Floats = np.where(z > 0, bent, legs)
    return centre - np.float32(thickness)


def repeat(x: Floats, spacing: float, count: int) -> Floats:
    """Fold x so that one solid stands for 2·count + 1 of them, `spacing` apart."""
    cell = np.clip(np.rint(x / np.float32(spacing)), -count, count)
    folded: Floats = x - cell * np.float32(spacing)
    return folded


def turn(u: Floats, v: Floats, cosine: float, sine: float) -> tuple[Floats, Floats]:
    """Rotate (u, v) into the frame of a solid that stands turned by the angle."""
    c, s = np.float32(cosine), np.float32(sine)
    return u * c + v * s, v * c - u * s
