"""What a torch recipe of these images computes on tt, for the test beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from blacksmith.backends.torch_operations import aten_operations
from blacksmith.backends.tt_operations import check_operations, tt_parameters
from blacksmith.backends.tt_stand_in import stand_in_for_tt
from blacksmith.training.request import Device
from blacksmith.training.trial import load_recipe, run_trial


def check_image_recipe(file: Path, folder: Path) -> None:
    """Trains two steps, and validates once, with what --device=tt would have."""
    parameters = tt_parameters(file)
    training = parameters["training"]
    training["epochs"] = 1
    counts = {"train": 2 * training["batch_size"], "validation": training["validation_batch"]}
    for split, count in counts.items():
        images = np.zeros((count, 28, 28), np.uint8)
        labels = (np.arange(count) % 10).astype(np.uint8)
        save_file({"images": images, "labels": labels}, folder / f"{split}.safetensors")
    seen = {name: parameters[name] for name in ("dataset", "model", "training")}
    recipe = load_recipe(file)
    with stand_in_for_tt(), aten_operations() as found:
        run_trial(recipe.train, seen, folder, data=folder, device=Device(kind="tt", threads=1))
    check_operations(file, {"two steps and a validation": found})
