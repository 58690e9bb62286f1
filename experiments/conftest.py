"""What the tests of several recipes need."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images of ten classes: a bright square each in a place of its own, and noise."""
    folder = tmp_path_factory.mktemp("prepared")
    random = np.random.default_rng(0)
    for name, count in {"train": 300, "validation": 100, "test": 100}.items():
        labels = random.integers(0, 10, count, dtype=np.uint8)
        images = random.integers(0, 120, (count, 28, 28), dtype=np.uint8)
        for image, label in zip(images, labels, strict=True):
            row, column = divmod(int(label), 4)
            image[row * 9 : row * 9 + 6, column * 7 : column * 7 + 6] += 60
        save_file({"images": images, "labels": labels}, folder / f"{name}.safetensors")
    return folder
