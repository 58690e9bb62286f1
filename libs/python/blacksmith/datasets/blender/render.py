"""Write our scene as a folder in the Blender format, as a modelling program would export it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from blacksmith.datasets.blender.cameras import CAMERA_ANGLE, place_cameras
from blacksmith.datasets.blender.raymarch import render
from blacksmith.datasets.blender.scene import PARTS

# In each direction of a pixel. With fewer, textures flicker from view to view, which no field can
# explain.
SAMPLES = 3


def render_folder(
    root: Path, size: int, counts: dict[str, int], progress: Callable[[int, int], None]
) -> None:
    """Renders `counts[split]` views of each split into root: transforms_<split>.json and PNGs."""
    total, done = sum(counts.values()), 0
    for index, (split, count) in enumerate(counts.items()):
        (root / split).mkdir(parents=True, exist_ok=True)
        frames = []
        # Numbers of a pose are rounded in the file, and the picture is made with the rounded ones.
        for view, pose in enumerate(place_cameras(count, index).round(8)):
            pixels = render(PARTS, pose, size, CAMERA_ANGLE, SAMPLES)
            Image.fromarray(pixels).save(root / split / f"r_{view}.png")
            matrix = pose.tolist()
            frames.append({"file_path": f"./{split}/r_{view}", "transform_matrix": matrix})
            done += 1
            progress(done, total)
        text = json.dumps({"camera_angle_x": CAMERA_ANGLE, "frames": frames}, indent=1) + "\n"
        (root / f"transforms_{split}.json").write_text(text, encoding="utf-8")
