"""Trials chosen by Optuna, each a script with a process of its own.

<python of the optuna environment> benchmarks/optuna_trials.py order.json

The order: the request of a training, the Python and the variables that run it, how many trials
there are and how many run at once, and a folder for all of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import optuna


def main(order: dict[str, Any]) -> None:
    """Runs them, and prints the best value."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    folder = Path(order["folder"])
    sampler = optuna.samplers.RandomSampler(seed=order["seed"])
    study = optuna.create_study(direction="maximize", sampler=sampler)

    def objective(trial: optuna.Trial) -> float:
        own = folder / str(trial.number)
        request = {name: str(own / name) for name in ("output", "records", "work")}
        for path in request.values():
            Path(path).mkdir(parents=True)
        config = json.loads(json.dumps(order["request"]["config"]))
        config["training"]["learning_rate"] = trial.suggest_float("rate", 0.0003, 0.01, log=True)
        file = own / "request.json"
        file.write_text(json.dumps({**order["request"], **request, "config": config}))
        command = [order["python"], "-P", "-m", "blacksmith.training", str(file)]
        variables, cwd = order["variables"], order["cwd"]
        done = subprocess.run(command, env=variables, cwd=cwd, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
        lines = map(json.loads, (own / "records" / "metrics.jsonl").read_text().splitlines())
        seen = [line["values"] for line in lines if line["split"] == "validation"]
        return max(float(values["accuracy"]) for values in seen if "accuracy" in values)

    study.optimize(objective, n_trials=order["trials"], n_jobs=order["parallel"])
    if any(trial.state is not optuna.trial.TrialState.COMPLETE for trial in study.trials):
        raise RuntimeError("a trial has failed")
    print(study.best_value)


main(json.loads(Path(sys.argv[1]).read_text()))
