"""What steps compute on tt, recorded here."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from blacksmith.backends.torch_operations import aten_operations  # noqa: E402
from blacksmith.backends.tt_operations import check_operations, tt_parameters  # noqa: E402
from blacksmith.backends.tt_stand_in import stand_in_for_tt  # noqa: E402
from blacksmith.datasets.sst2.prepare import prepare  # noqa: E402
from blacksmith.training.request import Device  # noqa: E402
from blacksmith.training.trial import load_recipe, run_trial  # noqa: E402

file = Path(__file__).with_name("recipe.py")


def test_training_on_tt_needs_only_operations_that_its_stack_knows(tmp_path: Path) -> None:
    parameters = tt_parameters(file)
    training, dataset = parameters["training"], parameters["dataset"]
    training["epochs"] = 1
    # Random weights compute what trained ones do; two steps, and a batch of validation.
    parameters["model"]["weights"], dataset["base"] = "random", None
    counts = {"train": 2 * training["batch_size"], "validation": training["validation_batch"]}
    dataset["sentences"] = {**counts, "test": 20}
    prepared = run_trial(prepare, {"dataset": dataset}, tmp_path, target="prepare-data").output
    seen = {name: parameters[name] for name in ("dataset", "model", "training")}
    recipe, tt = load_recipe(file), Device(kind="tt", threads=1)
    with stand_in_for_tt(), aten_operations() as found:
        run_trial(recipe.train, seen, tmp_path / "t", data=prepared, device=tt)
    check_operations(file, {"two steps and a validation": found})
