"""What is true of a recipe that trains on several devices, as a test that its own inherits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest

from blacksmith.training.recipe_cases import assert_same_files
from blacksmith.training.trial import Trial, kill_trial, run_apart


class SeveralDevicesCases:
    """Beside `TrainingCases`, of a model with dropout."""

    # Each device has its own; 1 where one drives all of them.
    processes: ClassVar[int] = 2

    def test_two_devices_train_as_one_does_and_after_a_kill_to_the_same_bytes(
        self: Any, data: Path, tmp_path: Path
    ) -> None:
        two = {"data": data, "devices": 2, "processes": self.processes}
        recipe, whole = Path(self.recipe.__file__), self.config(epochs=2)
        # What is dropped differs with the number of devices; nothing else does.
        whole["model"]["dropout"] = 0.0
        seen = {name: whole[name] for name in ("dataset", "model", "training")}
        alone = self.train(data, tmp_path / "alone", whole)
        straight = run_apart(recipe, seen, tmp_path / "two", **two)
        killed = tmp_path / "killed"
        kill_trial(recipe, seen, killed, after_step=self.kill_after, **two)
        assert_same_files(run_apart(recipe, seen, killed, **two), straight)
        assert losses(straight) == pytest.approx(losses(alone), rel=0.02)
        assert losses(straight)[0] == pytest.approx(losses(alone)[0], rel=1e-5)


def losses(trial: Trial) -> list[float]:
    """In training, over the steps."""
    text = (trial.output.parent / "records" / "metrics.jsonl").read_text(encoding="utf-8")
    lines = map(json.loads, text.splitlines())
    return [line["values"]["loss"] for line in lines if line["split"] == "train"]
