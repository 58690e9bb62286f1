"""Sphere tracing by numpy: RGBA pictures of a scene of signed distances, in Blender's conventions.

A camera looks along its own -z with +y up; `pose` (4, 4) takes camera to world coordinates. Alpha
is coverage, colour is straight (not multiplied by alpha), as in the PNGs of the Blender scenes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from blacksmith.datasets.blender.scene import Part
from blacksmith.datasets.blender.shapes import Floats, length3

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
    row, column = np.divmod(np.arange(fine * fine), fine)
    pixel = row // samples * size + column // samples
    origin, direction = camera_rays(pose, fine, camera_angle, samples)
    near, far = approach(parts, pose, size, camera_angle)
    asked = np.flatnonzero((near < far)[pixel])
    colour = np.zeros((fine * fine, 4), np.float32)
    for some in chunks(asked):
        colour[some] = trace(parts, origin, direction[some], near[pixel[some]], far[pixel[some]])
    blocks = colour.reshape(size, samples, size, samples, 4).sum((1, 3), dtype=np.float32)
    covered = np.maximum(blocks[..., 3:], 1)
    straight = np.concatenate([blocks[..., :3] / covered, blocks[..., 3:] / samples**2], axis=-1)
    pixels: NDArray[np.uint8] = np.rint(np.clip(straight, 0, 1) * 255).astype(np.uint8)
    return pixels


def chunks(rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """The rows in parts of at most CHUNK."""
    return np.split(rows, range(CHUNK, len(rows), CHUNK))


def camera_rays(
    pose: NDArray[np.float64], size: int, angle: float, samples: int = 1
) -> tuple[Floats, Floats]:
    """The camera's place (3,) and unit directions (size², 3) through the pixels' centres.

    With samples² rays to a pixel (`size` counts rays), no two of them share a row or a column:
    their square is turned a little, so that an edge along the pixels gets as many shades as any
    other.
    """
    focal = np.float32(0.5 * size / np.tan(0.5 * angle))
    line = np.arange(size, dtype=np.float32) + np.float32(0.5 - size / 2)
    turn = (np.arange(size, dtype=np.float32) % samples + np.float32(0.5)) / np.float32(samples)
    turn -= np.float32(0.5)
    u = ((line[None, :] + turn[:, None]) / focal).ravel()
    v = ((turn[None, :] - line[:, None]) / focal).ravel()
    axes = pose[:3, :3].astype(np.float32)
    world = [axes[k, 0] * u + axes[k, 1] * v - axes[k, 2] for k in range(3)]
    norm = length3(*world)
    return pose[:3, 3].astype(np.float32), np.stack([w / norm for w in world], axis=-1)


def approach(
    parts: tuple[Part, ...], pose: NDArray[np.float64], size: int, angle: float
) -> tuple[Floats, Floats]:
    """Near and far (size²,): between them each pixel's rays may meet something, if near < far.

    One walk for all rays of a pixel, as far as none of them can be at a surface.
    """
    origin, direction = camera_rays(pose, size, angle)
    # Not by @: a matrix library's order of sums, and so the last bit, depends on the processor.
    middle = -(
        direction[:, 0] * origin[0] + direction[:, 1] * origin[1] + direction[:, 2] * origin[2]
    )
    away = origin[0] * origin[0] + origin[1] * origin[1] + origin[2] * origin[2]
    # Rays that miss the ball around the scene cost nothing; the others start at its surface.
    half = np.sqrt(np.maximum(np.float32(BOUND * BOUND) - (away - middle * middle), 0))
    near, far = np.maximum(middle - half, 0), middle + half
    # Half a pixel's diagonal, where it is widest.
    around = 2**0.5 * np.tan(0.5 * angle) / size * float(far.max())
    for some in chunks(np.flatnonzero(near < far)):
        place = origin + direction[some] * near[some, None]
        near[some] += march(parts, place, direction[some], (far - near)[some], around)[0]
    return near, far


def trace(
    parts: tuple[Part, ...], origin: Floats, direction: Floats, near: Floats, far: Floats
) -> Floats:
    """Colour and coverage (n, 4) seen along unit directions (n, 3) between near and far (n,)."""
    start = origin + direction * near[:, None]
    gone, hit = march(parts, start, direction, far - near)
    out = np.zeros((len(direction), 4), np.float32)
    if hit.any():
        x, y, z = (start[hit] + direction[hit] * gone[hit, None]).T
        out[hit, :3] = shade(parts, x, y, z, direction[hit])
        out[hit, 3] = 1
    return out


def march(
    parts: tuple[Part, ...], start: Floats, direction: Floats, reach: Floats, around: float = 0
) -> tuple[Floats, NDArray[np.bool_]]:
    """Walk from `start` (n, 3) for at most `reach` (n,): how far, and whether it ends at a surface.

    Keeps `around` clear of all surfaces, and ends where it has to creep.
    """
    x, y, z = (np.ascontiguousarray(start[:, k]) for k in range(3))
    u, v, w = (np.ascontiguousarray(direction[:, k]) for k in range(3))
    least = np.float32(max(around, HIT))
    hit = np.zeros(len(x), np.bool_)
    gone = np.zeros(len(x), np.float32)
    walking = np.arange(len(x))
    for _ in range(STEPS):
        far = gone[walking]
        places = (a[walking] + b[walking] * far for a, b in ((x, u), (y, v), (z, w)))
        near = distance(parts, *places) - np.float32(around)
        stop = near < least
        hit[walking[stop]] = True
        far += np.where(stop, 0, near)
        gone[walking] = far
        walking = walking[~stop & (far < reach[walking])]
        if len(walking) == 0:
            break
    return gone, hit


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
        hit = march(parts, start, toward, np.full(len(which), 2.2, np.float32))[1]
        dark[which] = hit
    return dark
