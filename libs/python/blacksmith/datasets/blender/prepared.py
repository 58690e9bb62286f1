"""Reads what prepare-data left: all images, poses and the focal length in one safetensors file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blacksmith.datasets.blender.views import Scene, Views, file_name, splits
from blacksmith.training.tensorfile import Raw, read_tensors


def load_scene(folder: Path) -> Scene:
    """The scene that prepare-data left in `folder`, memory-mapped."""
    tensors = read_tensors(folder / file_name)
    train, val, test = (
        Views(
            _array(tensors[f"{split}.images"], np.uint8),
            _array(tensors[f"{split}.poses"], np.float32),
        )
        for split in splits
    )
    focal = _array(tensors["focal"], np.float32)
    return Scene(train, val, test, float(focal[0]))


def _array(raw: Raw, kind: type) -> NDArray[Any]:
    return np.frombuffer(raw.data, kind).reshape(raw.shape)
