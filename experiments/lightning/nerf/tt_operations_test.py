"""What steps compute on tt, recorded here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

torch = pytest.importorskip("torch")

from blacksmith.backends.torch_operations import aten_operations  # noqa: E402
from blacksmith.backends.tt_operations import check_operations, tt_parameters  # noqa: E402
from blacksmith.backends.tt_stand_in import stand_in_for_tt  # noqa: E402
from blacksmith.datasets.blender.cameras import place_cameras  # noqa: E402
from blacksmith.training.request import Device  # noqa: E402
from blacksmith.training.trial import load_recipe, run_trial  # noqa: E402

file, side = Path(__file__).with_name("recipe.py"), 32


def test_training_on_tt_needs_only_operations_that_its_stack_knows(tmp_path: Path) -> None:
    parameters = tt_parameters(file)
    training = parameters["training"]
    training["steps"] = 2
    tensors = {"focal": np.array([float(side)], np.float32)}
    # One whole batch of rays in each, so that there are two steps and a batch of validation.
    for split, count in {"train": 2, "val": 1, "test": 1}.items():
        tensors[f"{split}.poses"] = place_cameras(count, 0).astype(np.float32)
        tensors[f"{split}.images"] = np.full((count, side, side, 4), 255, np.uint8)
    assert side**2 == training["rays"]
    save_file(tensors, tmp_path / "views.safetensors")
    seen = {name: parameters[name] for name in ("dataset", "model", "training")}
    recipe = load_recipe(file)
    with stand_in_for_tt(), aten_operations() as found:
        run_trial(recipe.train, seen, tmp_path, data=tmp_path, device=Device(kind="tt", threads=1))
    check_operations(file, {"two steps and a validation": found})
