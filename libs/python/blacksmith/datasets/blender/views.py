"""A scene as prepare-data leaves it: images and cameras of three splits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

splits = ("train", "val", "test")
file_name = "views.safetensors"


@dataclass(frozen=True)
class Views:
    """One split: straight RGBA images (N, H, W, 4), camera-to-world poses (N, 4, 4)."""

    images: NDArray[np.uint8]
    poses: NDArray[np.float32]

    def __len__(self) -> int:
        """Number of views."""
        return len(self.images)

    def on_white(self, index: int) -> NDArray[np.float32]:
        """One image (H, W, 3) in 0..1 on a white background."""
        one = np.float32(1)
        values = self.images[index].astype(np.float32) / np.float32(255)
        alpha = values[..., 3:]
        white: NDArray[np.float32] = values[..., :3] * alpha + (one - alpha)
        return white


@dataclass(frozen=True)
class Scene:
    """All splits, and the focal length in pixels that they share."""

    train: Views
    val: Views
    test: Views
    focal: float
