"""Renders the scene of lightning-nerf as prepare-data does, in the environment of data sets."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from blacksmith.datasets.blender.prepare import prepare
from blacksmith.training.trial import run_trial


def main() -> None:
    """Into the first argument; the second is `dataset` as JSON."""
    folder, dataset = sys.argv[1:]
    run_trial(prepare, {"dataset": json.loads(dataset)}, Path(folder), target="prepare-data")


if __name__ == "__main__":
    main()
