"""What prepare-data leaves: all images, poses and the focal length in one safetensors file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blacksmith.datasets.blender.views import Scene, Views, file_name, splits
from blacksmith.training.tensorfile import Raw, encode_header, read_tensors


def load_scene(folder: Path) -> Scene:
    """The scene that prepare-data left in `folder`, memory-mapped."""
    tensors = read_tensors(folder / file_name)
    train, val, test = (
        Views(
            _array(tensors[f"{split}.images"], np.uint8),
            _array(tensors[f"{split}.poses"], np.float32),
            folder / file_name,
        )
        for split in splits
    )
    focal = _array(tensors["focal"], np.float32)
    return Scene(train, val, test, float(focal[0]))


class SceneWriter:
    """Writes a scene image by image; none of them stays in memory."""

    def __init__(
        self,
        folder: Path,
        shape: tuple[int, ...],
        poses: Mapping[str, Sequence[NDArray[np.float64]]],
        focal: float,
    ) -> None:
        """`shape`: height and width of all images; `poses` (4, 4) of each split's views."""
        tensors = {"focal": _raw(np.array([focal], np.float32))}
        for split in splits:
            tensors[f"{split}.poses"] = _raw(np.stack(poses[split]).astype(np.float32))
            size = (len(poses[split]), *shape, 4)
            tensors[f"{split}.images"] = Raw("U8", size, memoryview(b""))
        head, order = encode_header(tensors)
        self._file = (folder / file_name).open("wb")
        self._file.write(head)
        self._next: dict[str, int] = {}
        for name in order:
            self._next[name] = self._file.tell()
            self._file.write(tensors[name].data)
            self._file.seek(self._next[name] + tensors[name].nbytes)

    def write(self, split: str, image: NDArray[np.uint8]) -> None:
        """The split's next image (H, W, 4)."""
        self._file.seek(self._next[f"{split}.images"])
        self._file.write(np.ascontiguousarray(image).data)
        self._next[f"{split}.images"] = self._file.tell()

    def close(self) -> None:
        """After the last image."""
        self._file.close()


def _raw(array: NDArray[np.float32]) -> Raw:
    return Raw("F32", array.shape, memoryview(array.tobytes()))


def _array(raw: Raw, kind: type) -> NDArray[Any]:
    return np.frombuffer(raw.data, kind).reshape(raw.shape)
