"""The prepared form: one safetensors file with every split's images, poses and the focal length.

`train.images` (N, H, W, 4) uint8 straight RGBA, `train.poses` (N, 4, 4) float32 camera to world, the same
for `val` and `test`, and `focal` (1,) float32 in pixels.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from .folder import SPLITS, Scene, Views

NAME = "views.safetensors"


def write_scene(scene: Scene, folder: Path) -> None:
    """Write the prepared file into `folder`; the same scene gives the same bytes."""
    tensors = {"focal": np.array([scene.focal], np.float32)}
    for split, views in scene.splits.items():
        tensors[f"{split}.images"] = np.ascontiguousarray(views.images)
        tensors[f"{split}.poses"] = np.ascontiguousarray(views.poses)
    save_file(tensors, folder / NAME)


def read_scene(folder: Path) -> Scene:
    """Read what `write_scene` wrote."""
    tensors = load_file(folder / NAME)
    splits = {s: Views(tensors[f"{s}.images"], tensors[f"{s}.poses"]) for s in SPLITS}
    return Scene(splits, float(tensors["focal"][0]))
