"""A scene of our own: a smith's corner, with textures, thin parts, highlights and occlusion.

An anvil on a stump, a hammer that leans on it, a horseshoe, a rack of thin rods that hides what is
behind it, a striped ball and a short chain, on a round tiled floor. All of it lies within 1.5 of
the origin, so the Blender scenes' cameras (distance 4, near 2, far 6) suit it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from blacksmith.datasets.blender import shapes
from blacksmith.datasets.blender.shapes import Floats

FLOOR = -0.45  # height of the tiles
STUMP_TOP = FLOOR + 0.50


@dataclass(frozen=True)
class Part:
    """One solid: its distance (n,), its colour (n, 3) in 0..1, and how strongly it shines."""

    distance: Callable[[Floats, Floats, Floats], Floats]
    colour: Callable[[Floats, Floats, Floats], Floats]
    shine: float


def scatter(*cells: Floats) -> Floats:
    """A number in 0..1 (n,) for integer cells: the same cell, the same number, on every machine."""
    mixed = np.zeros(cells[0].shape, np.uint32)
    for cell in cells:
        mixed = (mixed ^ cell.astype(np.int32).view(np.uint32)) * np.uint32(0x9E3779B1)
        mixed ^= mixed >> np.uint32(15)
        mixed *= np.uint32(0x85EBCA77)
        mixed ^= mixed >> np.uint32(13)
    return (mixed >> np.uint32(8)).astype(np.float32) / np.float32(1 << 24)


def blend(
    mask: Floats, zero: tuple[float, float, float], one: tuple[float, float, float]
) -> Floats:
    """Colours (n, 3): `zero` where the mask (n,) is 0, `one` where it is 1, mixed between."""
    a, b = np.asarray(zero, np.float32), np.asarray(one, np.float32)
    mixed: Floats = a + np.asarray(mask, np.float32)[:, None] * (b - a)
    return mixed


def odd(cells: Floats) -> Floats:
    """1 where the integer cell (n,) is odd, else 0."""
    rest: Floats = cells - np.float32(2) * np.floor(cells * np.float32(0.5))
    return rest


def _floor(x: Floats, y: Floats, z: Floats) -> Floats:
    return shapes.cylinder(x, y, z - np.float32(FLOOR - 0.06), 1.2, 0.06)


def _floor_colour(x: Floats, y: Floats, z: Floats) -> Floats:
    row, column = np.floor(y * 5), np.floor(x * 5)
    shade = np.float32(0.7) + np.float32(0.3) * scatter(row, column)
    tiles = blend(odd(row + column), (0.16, 0.21, 0.30), (0.93, 0.86, 0.70)) * shade[:, None]
    joint = np.minimum(np.abs(x * 5 - np.rint(x * 5)), np.abs(y * 5 - np.rint(y * 5)))
    return np.where((joint < 0.05)[:, None], np.float32(0.42), tiles)


def _stump(x: Floats, y: Floats, z: Floats) -> Floats:
    middle, half = (FLOOR + STUMP_TOP) / 2, (STUMP_TOP - FLOOR) / 2
    return shapes.cylinder(x, y, z - np.float32(middle), 0.46, half)


def _stump_colour(x: Floats, y: Floats, z: Floats) -> Floats:
    rings = odd(np.floor(shapes.length2(x - np.float32(0.05), y) * 26))
    top = blend(rings, (0.80, 0.60, 0.36), (0.55, 0.35, 0.17))
    furrow = scatter(np.floor(x * 14), np.floor(y * 14), np.floor(z * 5))
    bark = blend(furrow, (0.20, 0.11, 0.06), (0.55, 0.36, 0.20))
    return np.where((z > STUMP_TOP - 0.01)[:, None], top, bark)


def _anvil(x: Floats, y: Floats, z: Floats) -> Floats:
    x, y = shapes.turn(x, y, 0.8, 0.6)
    z = z - np.float32(STUMP_TOP)
    foot = shapes.box(x, y, z - np.float32(0.06), (0.30, 0.20, 0.06))
    waist = shapes.box(x, y, z - np.float32(0.20), (0.15, 0.10, 0.12))
    face = shapes.box(x + np.float32(0.06), y, z - np.float32(0.38), (0.40, 0.16, 0.09))
    horn = shapes.cone_along_x(x - np.float32(0.30), y, z - np.float32(0.40), 0.42, 0.12, 0.02)
    return np.minimum(np.minimum(foot, waist), np.minimum(face, horn))


def _anvil_colour(x: Floats, y: Floats, z: Floats) -> Floats:
    dents = scatter(np.floor(x * 9), np.floor(y * 9), np.floor(z * 9))
    steel = blend(dents, (0.24, 0.32, 0.42), (0.52, 0.62, 0.72))
    return np.where((z > STUMP_TOP + 0.45)[:, None], steel + np.float32(0.22), steel)


_GRIP, _NECK = (0.98, -0.60, FLOOR + 0.03), (0.40, -0.36, FLOOR + 0.88)


def _handle(x: Floats, y: Floats, z: Floats) -> Floats:
    return shapes.capsule(x, y, z, _GRIP, _NECK, 0.04)


def _handle_colour(x: Floats, y: Floats, z: Floats) -> Floats:
    return blend(odd(np.floor(z * 11)), (0.86, 0.66, 0.30), (0.35, 0.18, 0.08))


def _head(x: Floats, y: Floats, z: Floats) -> Floats:
    u, v = shapes.turn(x - np.float32(_NECK[0]), y - np.float32(_NECK[1]), 0.38, 0.925)
    return shapes.box(u, v, z - np.float32(_NECK[2] + 0.03), (0.24, 0.09, 0.09))


def _head_colour(x: Floats, y: Floats, z: Floats) -> Floats:
    return blend(odd(np.floor(x * 13) + np.floor(y * 13)), (0.75, 0.10, 0.10), (0.12, 0.10, 0.12))


def _rack(x: Floats, y: Floats, z: Floats) -> Floats:
    y = y - np.float32(0.80)
    z = z - np.float32(FLOOR + 0.56)
    rods = shapes.cylinder(shapes.repeat(x, 0.2, 3), y, z, 0.026, 0.56)
    rails = shapes.box(x, y, np.abs(z) - np.float32(0.40), (0.68, 0.03, 0.035))
    return np.minimum(rods, rails)


def _rack_colour(x: Floats, y: Floats, z: Floats) -> Floats:
    return blend(odd(np.floor(z * 9 + x * 2.5)), (0.90, 0.90, 0.92), (0.80, 0.16, 0.12))


def _shoe(x: Floats, y: Floats, z: Floats) -> Floats:
    u, v = shapes.turn(x + np.float32(0.72), y + np.float32(0.52), 0.6, -0.8)
    return shapes.arch(u, v, z - np.float32(FLOOR + 0.36), 0.25, 0.065, 0.30)


def _shoe_colour(x: Floats, y: Floats, z: Floats) -> Floats:
    nails = scatter(np.floor(x * 16), np.floor(y * 16), np.floor(z * 10))
    return blend((nails > 0.75).astype(np.float32), (0.90, 0.70, 0.18), (0.25, 0.17, 0.05))


def _ball(x: Floats, y: Floats, z: Floats) -> Floats:
    return shapes.ball(x - np.float32(0.15), y + np.float32(0.92), z - np.float32(FLOOR + 0.2), 0.2)


def _ball_colour(x: Floats, y: Floats, z: Floats) -> Floats:
    return blend(odd(np.floor(z * 14 + x * 9)), (0.05, 0.50, 0.48), (0.98, 0.58, 0.14))


def _chain(x: Floats, y: Floats, z: Floats) -> Floats:
    z = z - np.float32(FLOOR + 0.035)
    flat = shapes.torus(x - np.float32(0.86), z, y - np.float32(0.22), 0.13, 0.03)
    tilted_y, tilted_z = shapes.turn(y - np.float32(0.44), z - np.float32(0.10), 0.6, 0.8)
    tilted = shapes.torus(x - np.float32(0.86), tilted_z, tilted_y, 0.13, 0.03)
    return np.minimum(flat, tilted)


def _chain_colour(x: Floats, y: Floats, z: Floats) -> Floats:
    return blend(odd(np.floor(x * 12) + np.floor(y * 12)), (0.10, 0.10, 0.12), (0.65, 0.30, 0.75))


PARTS: tuple[Part, ...] = (
    Part(_floor, _floor_colour, 0.05),
    Part(_stump, _stump_colour, 0.0),
    Part(_anvil, _anvil_colour, 0.7),
    Part(_handle, _handle_colour, 0.1),
    Part(_head, _head_colour, 0.5),
    Part(_rack, _rack_colour, 0.2),
    Part(_shoe, _shoe_colour, 0.6),
    Part(_ball, _ball_colour, 0.5),
    Part(_chain, _chain_colour, 0.2),
)
