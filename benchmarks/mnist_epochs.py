"""What the MNIST benchmarks share: data of the published size, and the recipes' own epoch times."""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from blacksmith.training.codec import to_raw
from blacksmith.training.request import Device
from blacksmith.training.tensorfile import write_tensors
from blacksmith.training.trial import load_recipe, run_trial

root = Path(__file__).parents[1]
images = 60_000


def prepared(folder: Path) -> Path:
    """Random images in the prepared form: where denormals are flushed, time depends on none."""
    random = np.random.default_rng(0)
    for name, count in {"train": images, "validation": 100, "test": 100}.items():
        tensors = {
            "images": random.integers(0, 256, (count, 28, 28), dtype=np.uint8),
            "labels": random.integers(0, 10, count, dtype=np.uint8),
        }
        raws = {key: raw for key, value in tensors.items() if (raw := to_raw(value, key))}
        write_tensors(folder / f"{name}.safetensors", raws)
    return folder


def mnist_recipe(framework: str) -> Any:
    """The recipe's module."""
    return load_recipe(root / "experiments" / framework / "mnist" / "recipe.py")


def recipe_epoch(recipe: Any, training: dict[str, Any], data: Path, threads: int) -> float:
    """Seconds of the second epoch of a whole run: everything is warm, validation is left out."""
    config = {
        "dataset": {"variant": "mnist"},
        "model": {"hidden": [512, 512], "dropout": 0.0},
        "training": {"epochs": 2, "batch_size": 64, "learning_rate": 0.001, **training},
    }
    with tempfile.TemporaryDirectory() as folder:
        run_trial(recipe.train, config, Path(folder), data=data, device=Device(threads=threads))
        journal = (Path(folder) / "records" / "metrics.jsonl").read_text().splitlines()
    lines = [json.loads(line) for line in journal]
    began = next(line["seconds"] for line in lines if line["split"] == "validation")
    return float([line["seconds"] for line in lines if line["split"] == "train"][-1] - began)


def compare(
    ours: str, contestants: dict[str, Callable[[], float]], rounds: int
) -> dict[str, float]:
    """Interleaved rounds, each in another order; prints medians and gives ours / theirs."""
    names = list(contestants)
    times: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            times[name].append(contestants[name]())
    print(f"seconds for an epoch of {images:,} images at batch 64, median of {rounds}")
    for name in names:
        spread = f"{min(times[name]):.2f} to {max(times[name]):.2f}"
        print(f"  {name:28} {statistics.median(times[name]):6.2f}  ({spread})")
    ratios = {}
    for name in names:
        if name != ours:
            pairs = zip(times[ours], times[name], strict=True)
            ratios[name] = statistics.median(mine / theirs for mine, theirs in pairs)
    return ratios
