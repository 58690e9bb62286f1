"""Replays the trials of a sweep of ours, known from its trials.json, by Optuna alone.

<python of the optuna environment> benchmarks/optuna_replay.py trials.json

It asks and tells in batches of four, as the sweep does by default.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import optuna

batch = 4


def main(file: Path) -> None:
    """Prints how many trials were asked for."""
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    record = json.loads(file.read_text())
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(
            seed=record["seed"], multivariate=True, group=True, constant_liar=True
        ),
    )
    values = [trial["rungs"][-1]["values"][0] for trial in record["trials"]]
    for at in range(0, len(values), batch):
        known = values[at : at + batch]
        trials = [study.ask() for _ in known]
        for trial in trials:
            trial.suggest_float("start", -1, 1)
            trial.suggest_float("rate", 0.001, 0.1, log=True)
            trial.suggest_int("width", 1, 8)
        for trial, value in zip(trials, known, strict=True):
            study.tell(trial, value)
    print(len(study.trials))


main(Path(sys.argv[1]))
