"""A scene as prepare-data leaves it: images and cameras of three splits."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

splits = ("train", "val", "test")
file_name = "views.safetensors"


@dataclass(frozen=True)
class Views:
    """One split: straight RGBA images (N, H, W, 4), camera-to-world poses (N, 4, 4).

    The images are memory-mapped most often, and may be more than memory holds.
    """

    images: NDArray[np.uint8]
    poses: NDArray[np.float32]
    # That the images are mapped from, where they are.
    file: Path | None = None

    def __len__(self) -> int:
        """Number of views."""
        return len(self.images)

    def on_white(self, index: int) -> NDArray[np.float32]:
        """One image (H, W, 3) in 0..1 on a white background."""
        one = np.float32(1)
        values = self.images[index].astype(np.float32) / np.float32(255)
        self.release()
        alpha = values[..., 3:]
        white: NDArray[np.float32] = values[..., :3] * alpha + (one - alpha)
        return white

    def alphas(self) -> Iterator[NDArray[np.uint8]]:
        """A copy of each image's alpha channel (H, W), one at a time."""
        for image in self.images:
            alpha = image[..., 3].copy()
            self.release()
            yield alpha

    def pixels(self, numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Pixels (n, 4) by their numbers, counted over all images.

        Of a file one by one: to map a single pixel the kernel maps up to 2 MiB around it.
        """
        flat, mapped = self.images.reshape(-1, 4), self._mapped()
        if mapped is None or self.file is None:
            return flat[numbers]
        begin = flat.ctypes.data - np.frombuffer(mapped, np.uint8).ctypes.data
        with self.file.open("rb", buffering=0) as source:
            handle = source.fileno()
            places = (begin + 4 * numbers).tolist()
            values = b"".join([os.pread(handle, 4, place) for place in places])
        return np.frombuffer(values, np.uint8).reshape(-1, 4)

    def release(self) -> None:
        """Gives back the memory of what was read of a mapped file; it can be read again."""
        if (mapped := self._mapped()) is not None:
            mapped.madvise(mmap.MADV_DONTNEED)

    def _mapped(self) -> mmap.mmap | None:
        base: Any = self.images.base
        while isinstance(base, np.ndarray):
            base = base.base
        if isinstance(base, memoryview):
            base = base.obj
        return base if isinstance(base, mmap.mmap) else None


@dataclass(frozen=True)
class Scene:
    """All splits, and the focal length in pixels that they share."""

    train: Views
    val: Views
    test: Views
    focal: float
