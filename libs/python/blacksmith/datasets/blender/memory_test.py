"""A scene's pictures need not fit into memory."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PIL")

from PIL import Image

from blacksmith.datasets.blender.cameras import place_cameras
from blacksmith.datasets.blender.evaluation import baselines
from blacksmith.datasets.blender.folder import prepare_folder
from blacksmith.training.peak_memory import peak_growth

side = 800
few, many = 6, 24
picture = side * side * 4


def write_folder(root: Path, count: int) -> None:
    """Pictures of one colour each, quickly written."""
    root.mkdir()
    for split, views in {"train": count, "val": 1, "test": 1}.items():
        frames = []
        for view, pose in enumerate(place_cameras(views, 0)):
            pixels = np.full((side, side, 4), 255 - view, np.uint8)
            Image.fromarray(pixels).save(root / f"{split}_{view}.png", compress_level=1)
            matrix = pose.tolist()
            frames.append({"file_path": f"{split}_{view}.png", "transform_matrix": matrix})
        content = {"camera_angle_x": 0.8, "frames": frames}
        (root / f"transforms_{split}.json").write_text(json.dumps(content))


def test_more_views_of_full_size_need_no_more_memory_to_prepare_and_to_compare(
    tmp_path: Path,
) -> None:
    def prepare(count: int) -> None:
        root = tmp_path / str(count)
        scene = prepare_folder(root, None, root, lambda done, of: None, lambda text: None)
        assert len(baselines(scene)) == 3

    for count in (1, few, many):
        write_folder(tmp_path / str(count), count)
    prepare(1)  # what is imported and allocated once
    growth = peak_growth(lambda: prepare(many)) - peak_growth(lambda: prepare(few))
    assert growth < (many - few) * picture / 4
