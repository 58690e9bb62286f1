"""Trainings that are broken off in a test, and continued by the same call."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

from blacksmith.training.trial import Trial, kill_trial, run_trial


def stopped_trial(
    recipe: ModuleType, config: dict[str, Any], folder: Path, *, data: Path, looks: int
) -> Trial:
    """A training that is asked to stop after so many looks (steps or chunks), to its end."""
    stopped = run_trial(recipe.train, config, folder, data=data, stop_after=looks)
    assert stopped.stopped, "it did not stop"
    return _continued(recipe, config, folder, data)


def killed_trial(
    recipe: ModuleType, config: dict[str, Any], folder: Path, *, data: Path, after_step: int
) -> Trial:
    """A training that is killed without warning soon after a step, to its end."""
    assert recipe.__file__ is not None
    kill_trial(Path(recipe.__file__), config, folder, data=data, after_step=after_step)
    resumed = _continued(recipe, config, folder, data)
    assert resumed.named("resumed")[0]["step"] > after_step
    return resumed


def _continued(recipe: ModuleType, config: dict[str, Any], folder: Path, data: Path) -> Trial:
    assert not (folder / "output" / "model.safetensors").exists(), "a broken run left a model"
    resumed = run_trial(recipe.train, config, folder, data=data)
    assert resumed.named("resumed"), "it began anew"
    return resumed
