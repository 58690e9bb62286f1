"""Sphere tracing by numpy: RGBA pictures of a scene of signed distances, in Blender's conventions.

A camera looks along its own -z with +y up; `pose` (4, 4) takes camera to world coordinates. Alpha
is coverage, colour is straight (not multiplied by alpha), as in the PNGs of the Blender scenes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from blacksmith.datasets.blender.shapes import Floats, length3
from blacksmith.datasets.blender.smithy import Part

STEPS = 72
HIT = 1.5e-3
BOUND = 1.5  # all parts lie in this ball
LIGHT = (0.42, -0.55, 0.72)
SKY, GROUND = 0.46, 0.22
CHUNK = 16384  # points of one pass: their temporaries stay in the second-level cache


def render(
    parts: tuple[Part, ...], pose: NDArray[np.float64], size: int, camera_angle: float, samples: int
) -> NDArray[np.uint8]:
    """One view (size, size, 4), each pixel the mean of samples² rays; the angle in radians."""
    fine = size * samples
    origin, direction = camera_rays(pose, fine, camera_angle)
    colour = np.zeros((fine * fine, 4), np.float32)
    for start in range(0, fine * fine, CHUNK):
        part = slice(start, start + CHUNK)
        colour[part] = trace(parts, origin, direction[part])
    blocks = colour.reshape(size, samples, size, samples, 4).sum((1, 3), dtype=np.float32)
    covered = np.maximum(blocks[..., 3:], 1)
    straight = np.concatenate([blocks[..., :3] / covered, blocks[..., 3:] / samples**2], axis=-1)
    pixels: NDArray[np.uint8] = np.rint(np.clip(straight, 0, 1) * 255).astype(np.uint8)
    return pixels


def camera_rays(pose: NDArray[np.float64], size: int, angle: float) -> tuple[Floats, Floats]:
    """The camera's place (3,) and unit directions (size², 3) through the pixels' centres."""
    focal = np.float32(0.5 * size / np.tan(0.5 * angle))
    line = (np.arange(size, dtype=np.float32) + np.float32(0.5 - size / 2)) / focal
    u, v = np.broadcast_to(line, (size, size)).ravel(), -np.repeat(line, size)
    axes = pose[:3, :3].astype(np.float32)
    world = [axes[k, 0] * u + axes[k, 1] * v - axes[k, 2] for k in range(3)]
    norm = length3(*world)
    return pose[:3, 3].astype(np.float32), np.stack([w / norm for w in world], axis=-1)


def trace(parts: tuple[Part, ...], origin: Floats, direction: Floats) -> Floats:
    """Colour and coverage (n, 4) seen from the origin (3,) along unit directions (n, 3)."""
    out = np.zeros((len(direction), 4), np.float32)
    along = direction @ -origin
    # Rays that miss the ball around the scene cost nothing; the others start at its surface.
    gap = BOUND * BOUND - (float(origin @ origin) - along * along)
    alive = np.flatnonzero((gap > 0) & (along > 0))
    if len(alive) == 0:
        return out
    far = along[alive] + np.sqrt(gap[alive])
    near = np.maximum(along[alive] - np.sqrt(gap[alive]), 0)
    point = origin + direction[alive] * near[:, None]
    x, y, z, hit = march(parts, point, direction[alive], far - near)
    if hit.any():
        seen = alive[hit]
        out[seen, :3] = shade(parts, x[hit], y[hit], z[hit], direction[seen])
        out[seen, 3] = 1
    return out


def march(
    parts: tuple[Part, ...], start: Floats, direction: Floats, reach: Floats
) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Walk from `start` (n, 3) until a surface or `reach` (n,); the places and whether they hit."""
    x, y, z = (np.ascontiguousarray(start[:, k]) for k in range(3))
    hit = np.zeros(len(x), np.bool_)
    walking = np.arange(len(x))
    gone = np.zeros(len(x), np.float32)
    for _ in range(STEPS):
        near = distance(parts, x[walking], y[walking], z[walking])
        hit[walking[near < HIT]] = True
        gone[walking] += near
        onward = (near >= HIT) & (gone[walking] < reach[walking])
        walking, near = walking[onward], near[onward]
        if len(walking) == 0:
            break
        x[walking] += direction[walking, 0] * near
        y[walking] += direction[walking, 1] * near
        z[walking] += direction[walking, 2] * near
    return x, y, z, hit


def distance(parts: tuple[Part, ...], x: Floats, y: Floats, z: Floats) -> Floats:
    """Distance (n,) to the nearest part."""
    nearest = parts[0].distance(x, y, z)
    for part in parts[1:]:
        np.minimum(nearest, part.distance(x, y, z), out=nearest)
    return nearest


def normal(parts: tuple[Part, ...], x: Floats, y: Floats, z: Floats) -> list[Floats]:
    """Unit normals, by differences over the corners of a small tetrahedron."""
    step = np.float32(2e-3)
    total = [np.zeros_like(x) for _ in range(3)]
    for corner in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
        near = distance(
            parts, *(c + np.float32(s) * step for c, s in zip((x, y, z), corner, strict=True))
        )
        total = [t + np.float32(s) * near for t, s in zip(total, corner, strict=True)]
    norm = np.maximum(length3(*total), np.float32(1e-12))
    return [np.asarray(t / norm, np.float32) for t in total]


def shade(parts: tuple[Part, ...], x: Floats, y: Floats, z: Floats, direction: Floats) -> Floats:
    """Colours (n, 3) at surface points seen along `direction` (n, 3)."""
    nearest = np.argmin(np.stack([part.distance(x, y, z) for part in parts]), axis=0)
    colour = np.zeros((len(x), 3), np.float32)
    shine = np.zeros(len(x), np.float32)
    for index, part in enumerate(parts):
        mine = nearest == index
        if mine.any():
            colour[mine] = part.colour(x[mine], y[mine], z[mine])
            shine[mine] = part.shine
    n = normal(parts, x, y, z)
    light = np.asarray(LIGHT, np.float32) / np.float32(sum(v * v for v in LIGHT) ** 0.5)
    facing = np.maximum(n[0] * light[0] + n[1] * light[1] + n[2] * light[2], 0)
    lit = facing * (1 - shadow(parts, x, y, z, n, light, facing > 0))
    sky = np.float32(GROUND) + np.float32(SKY - GROUND) * (n[2] * np.float32(0.5) + np.float32(0.5))
    # Blinn's highlight with exponent 32, by repeated squaring.
    half = light - direction
    half /= length3(half[:, 0], half[:, 1], half[:, 2])[:, None]
    glint = np.maximum(n[0] * half[:, 0] + n[1] * half[:, 1] + n[2] * half[:, 2], 0)
    for _ in range(5):
        glint = glint * glint
    bright = colour * (sky + np.float32(0.72) * lit)[:, None]
    result: Floats = bright + (shine * glint * (lit > 0) * np.float32(0.6))[:, None]
    return result


def shadow(
    parts: tuple[Part, ...],
    x: Floats,
    y: Floats,
    z: Floats,
    n: list[Floats],
    light: Floats,
    wanted: NDArray[np.bool_],
) -> Floats:
    """1 where another part stands between the point and the light, else 0 (n,)."""
    dark = np.zeros(len(x), np.float32)
    which = np.flatnonzero(wanted)
    if len(which):
        lift = np.float32(0.02)
        start = np.stack(
            [c[which] + m[which] * lift for c, m in zip((x, y, z), n, strict=True)], -1
        )
        toward = np.broadcast_to(light, start.shape)
        hit = march(parts, start, toward, np.full(len(which), 2.2, np.float32))[3]
        dark[which] = hit
    return dark
