"""What we write, another library reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from blacksmith.datasets.blender.png import to_bytes, write_animation, write_png

Image = pytest.importorskip("PIL.Image")


def test_an_image_comes_back_as_it_was(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (7, 5, 3), np.uint8)
    write_png(tmp_path / "a.png", pixels)
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "RGB"
        assert np.array_equal(np.asarray(image), pixels)


def test_every_frame_of_an_animation_comes_back(tmp_path: Path) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (4, 6, 8, 3), np.uint8)
    write_animation(tmp_path / "a.png", iter(frames), len(frames), 80)
    with Image.open(tmp_path / "a.png") as image:
        assert image.n_frames == 4
        for index, frame in enumerate(frames):
            image.seek(index)
            assert image.info["duration"] == 80
            assert np.array_equal(np.asarray(image.convert("RGB")), frame)


def test_values_are_clipped_and_rounded() -> None:
    assert to_bytes(np.array([-1, 0.5, 2], np.float32)).tolist() == [0, 128, 255]
