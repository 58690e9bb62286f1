"""What checkpoints cost a training at the default cadence, which lets a kill lose half a minute.

PYTHONPATH=libs/python <python of the lightning environment> benchmarks/checkpoint_share.py

A short lightning-mnist training writes a checkpoint at each chance. What one of them takes stands
beside the time between two of them, which the context makes longer where they are slow.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from mnist_epochs import mnist_recipe, prepared

from blacksmith.training.request import CheckpointPolicy, Device
from blacksmith.training.trial import run_trial

limit = 0.02


def main() -> None:
    """Prints the share of the time that checkpoints take."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hidden", type=int, nargs="+", default=[512, 512], help="layer sizes")
    hidden = parser.parse_args().hidden
    recipe = mnist_recipe("lightning")
    config = {
        "dataset": {"variant": "mnist"},
        "model": {"hidden": hidden, "dropout": 0.0},
        "training": {
            "epochs": 1,
            "batch_size": 64,
            "optimizer": "adam",
            "learning_rate": 0.001,
            "schedule": "constant",
            "steps_per_chunk": 50,
            "loading": "resident",
            "validation_batch": 1000,
            "precision": "32-true",
        },
    }
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        trial = run_trial(
            recipe.train,
            config,
            Path(folder) / "run",
            data=prepared(data),
            device=Device(threads=1),
            checkpoint_seconds=0,
        )
    seconds = [event["seconds"] for event in trial.named("checkpoint")]
    one = statistics.median(seconds)
    between = max(CheckpointPolicy().every_seconds, one / limit)
    print(f"a checkpoint takes {one * 1000:.0f} ms (median of {len(seconds)})")
    print(f"share of the time: {one / between:.4f} (at most {limit})")
    print(f"a kill loses at most {between:.0f} s of work (at most 30)")


if __name__ == "__main__":
    main()
