"""Where the cameras of our scene stand: on the upper half of a sphere around the origin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DISTANCE = 4.0311289  # as in the Blender scenes
CAMERA_ANGLE = 0.6911112070083618  # horizontal field of view in radians, as there
LOWEST, HIGHEST = 0.08, 0.92  # sine of the elevation
CANDIDATES = 16


def place_cameras(count: int, seed: int) -> NDArray[np.float64]:
    """Camera-to-world matrices (count, 4, 4), spread over the hemisphere, a function of the seed.

    Each camera is the candidate farthest from those already placed (Mitchell's best candidate).
    """
    stream = np.random.Generator(np.random.PCG64(seed))
    placed = np.empty((0, 3))
    for _ in range(count):
        candidates = np.stack([random_direction(stream) for _ in range(CANDIDATES)])
        nearest = (candidates @ placed.T).max(axis=1, initial=-1.0)  # cosine to the closest camera
        placed = np.vstack([placed, candidates[np.argmin(nearest)]])
    return np.stack([look_at_origin(direction * DISTANCE) for direction in placed])


def random_direction(stream: np.random.Generator) -> NDArray[np.float64]:
    """A unit vector (3,), uniform over the allowed band of the upper hemisphere."""
    while True:  # by rejection: needs no sine or cosine, whose last bit differs between C libraries
        x, y = stream.random(2) * 2 - 1
        norm = x * x + y * y
        if 1e-4 < norm < 1:
            break
    z = LOWEST + (HIGHEST - LOWEST) * stream.random()
    flat = ((1 - z * z) / norm) ** 0.5
    return np.array([x * flat, y * flat, z])


def look_at_origin(place: NDArray[np.float64]) -> NDArray[np.float64]:
    """The pose (4, 4) of a camera at `place` (3,) that looks at the origin with +z up."""
    backward = place / np.sqrt((place * place).sum())
    right = np.array([-backward[1], backward[0], 0.0])
    right /= np.sqrt((right * right).sum())
    up = np.array(
        [
            backward[1] * right[2] - backward[2] * right[1],
            backward[2] * right[0] - backward[0] * right[2],
            backward[0] * right[1] - backward[1] * right[0],
        ]
    )
    pose = np.eye(4)
    pose[:3] = np.stack([right, up, backward, place], axis=1)
    return pose
