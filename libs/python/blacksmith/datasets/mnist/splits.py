"""Reads the prepared splits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blacksmith.training.tensorfile import read_tensors

class_names = {
    "mnist": [str(digit) for digit in range(10)],
    "fashion-mnist": [
        "T-shirt", "trouser", "pullover", "dress", "coat",
        "sandal", "shirt", "sneaker", "bag", "ankle boot",
    ],
}  # fmt: skip

# Mean and deviation of the published training images, of grey values in [0, 1].
_grey = {"mnist": (0.1307, 0.3081), "fashion-mnist": (0.2860, 0.3530)}


@dataclass(frozen=True)
class Split:
    """A prepared split, memory-mapped: images (N, 784) and labels (N,), both uint8."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    variant: str

    def __len__(self) -> int:
        """Number of images."""
        return len(self.labels)

    def standardised(self, rows: Any = slice(None)) -> NDArray[np.float32]:
        """The images of `rows` as float32 (n, 784) of mean 0 and deviation 1."""
        mean, deviation = _grey[self.variant]
        scale = np.float32(1 / (255 * deviation))
        standardised: NDArray[np.float32] = self.images[rows].astype(np.float32)
        standardised *= scale
        standardised -= np.float32(mean / deviation)
        return standardised

    @property
    def background(self) -> float:
        """What a black pixel is when it is standardised."""
        mean, deviation = _grey[self.variant]
        return -mean / deviation

    def columns(self, rows: Any) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Standardised images and labels of `rows`, as a training wants them."""
        return self.standardised(rows), self.labels[rows].astype(np.int64)


def load_split(folder: Path, name: str, variant: str) -> Split:
    """The split `name`: train, validation or test."""
    tensors = read_tensors(folder / f"{name}.safetensors")
    images, labels = tensors["images"], tensors["labels"]
    return Split(
        np.frombuffer(images.data, np.uint8).reshape(images.shape[0], -1),
        np.frombuffer(labels.data, np.uint8),
        variant,
    )
