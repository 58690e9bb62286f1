"""What it costs a training that it is measured: a step with the hooks, beside one without.

PYTHONPATH=libs/python <python of the lightning environment> benchmarks/measuring.py

Short trainings of torch-cnn are run in turn with and without; each counts by the mean of its steps
behind the first ones. Steps of some milliseconds are the worst case: longer ones cost no more.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from mnist_epochs import prepared, root

from blacksmith.training.default_parameters import default_parameters
from blacksmith.training.performance import Measurement
from blacksmith.training.request import Device
from blacksmith.training.trial import load_recipe, run_trial

limit = 1.01


def main() -> None:
    """Prints the ratio of both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="of both")
    rounds = parser.parse_args().rounds
    file = root / "experiments" / "torch" / "cnn" / "recipe.py"
    recipe = load_recipe(file)
    config = default_parameters(file, {"training": {"epochs": 1, "seed": 0}})
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        prepared(data)
        ratios = []
        for number in range(rounds):
            order = (True, False) if number % 2 else (False, True)
            seconds = {measured: one(recipe, config, data, measured) for measured in order}
            ratios.append(seconds[True] / seconds[False])
    middle = statistics.median(ratios)
    print(f"measured / not measured: {middle:.4f}, {min(ratios):.4f} to {max(ratios):.4f}")
    print(f"at most {limit}")


def one(recipe: Any, config: dict[str, Any], data: Path, measured: bool) -> float:
    """Seconds of the steps between the first report and the last one."""
    hooks = (
        contextlib.nullcontext() if measured else mock.patch.object(Measurement, "going_on", off)
    )
    with tempfile.TemporaryDirectory() as folder, hooks:
        run_trial(recipe.train, config, Path(folder), data=data, device=Device(threads=1))
        journal = (Path(folder) / "records" / "metrics.jsonl").read_text().splitlines()
    steps = [line["seconds"] for line in map(json.loads, journal) if line["split"] == "train"]
    return float(steps[-1] - steps[0])


@contextlib.contextmanager
def off(*_: Any, **options: Any) -> Iterator[None]:
    """In place of what measures."""
    yield


if __name__ == "__main__":
    main()
