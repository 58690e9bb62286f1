"""Seconds that lightning-nerf trains until it renders the views of its test that well.

The recipe itself trains, with what devices/gpu.yaml says; now and then its clock is stopped and its
views are looked at. Carving and Lightning's start count, reading and rendering the scene do not.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest import mock

import lightning.pytorch as pl
import torch

from benchmarks.gpu.environment import interpreter
from benchmarks.gpu.figures import write_figures
from blacksmith.datasets.blender.prepared import load_scene
from blacksmith.datasets.blender.torch_rays import RayBank
from blacksmith.models.lightning.nerf.rendering import over_straight
from blacksmith.training.default_parameters import layered_parameters
from blacksmith.training.lightning import LightningRun
from blacksmith.training.request import Device
from blacksmith.training.trial import load_recipe, run_trial

recipe_file = Path(__file__).parents[2] / "experiments" / "lightning" / "nerf" / "recipe.py"
every = 7  # every seventh pixel of all test views: enough for a PSNR, and no column is favoured


class Over(Exception):
    """It renders well enough, or has had its time."""


class Watch(pl.Callback):
    """Stops the clock every so often to look at the test views."""

    def __init__(self, data: Path, wanted: float, limit: float) -> None:
        self.data, self.wanted, self.limit = data, wanted, limit
        self.seconds, self.best = 0.0, -math.inf
        self.test: RayBank | None = None
        self.began = time.perf_counter()

    def on_train_batch_end(self, trainer: Any, module: Any, *_: Any) -> None:
        """A look, not more often than each twentieth of the time that has gone."""
        if module.device.type == "cuda":
            torch.cuda.synchronize()
        spent = time.perf_counter() - self.began
        if spent < max(0.1, self.seconds / 20):
            return
        self.seconds += spent
        if self.test is None:
            scene = load_scene(self.data)
            self.test = RayBank(scene.test, scene.focal, module.device, "resident")
        self.best = max(self.best, quality(module.renderer, self.test))
        if self.best >= self.wanted or self.seconds >= self.limit:
            raise Over
        self.began = time.perf_counter()


def quality(renderer: torch.nn.Module, test: RayBank) -> float:
    """PSNR in dB over some pixels of all test views, on white."""
    renderer.eval()
    error, rows = 0.0, torch.arange(0, len(test), every)
    with torch.inference_mode():
        for part in rows.split(16384):
            rays, rgba = test[part]
            white = rays.new_ones(3)
            seen = renderer(rays, white)[-1].clamp(0, 1)
            error += float((seen - over_straight(rgba, white)).square().sum())
    renderer.train()
    return -10 * math.log10(error / (3 * len(rows)))


def main() -> None:
    """Writes the seconds, or how far it came."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", choices=("cpu", "gpu"), required=True)
    parser.add_argument("--seconds", type=float, default=60, help="after which it is given up")
    parser.add_argument("--to", type=float, default=30, help="dB")
    parser.add_argument("--small", action="store_true", help="a small scene")
    parser.add_argument("--result", type=Path, required=True)
    options = parser.parse_args()
    overlays = [] if options.device == "cpu" else [f"devices/{options.device}.yaml"]
    config = layered_parameters(recipe_file, *overlays)
    config["training"]["steps"] = 10**6  # no rate depends on it; the watch ends the training
    if options.small:
        config["dataset"] |= {"size": 32, "views": {"train": 8, "val": 1, "test": 2}}
        config["training"]["rays"] = 256
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = rendered(config["dataset"], folder / "data")
        watch = train_watched(config, data, folder, options)
    reached = watch.best >= options.to
    seconds = round(watch.seconds, 2)
    found = {f"seconds to {options.to:g} dB": seconds if reached else f"not after {seconds}"}
    write_figures(options.result, {**found, "best dB": round(watch.best, 2)})


def rendered(dataset: Any, folder: Path) -> Path:
    """The prepared data: what draws pictures is in another environment than what learns them."""
    python = sys.executable if find_spec("PIL") else interpreter("data", Path())
    command = [python, "-m", "benchmarks.gpu.nerf_scene", str(folder), json.dumps(dataset)]
    subprocess.run(command, check=True)
    return folder / "output"


def train_watched(config: Any, data: Path, folder: Path, options: argparse.Namespace) -> Watch:
    """Trains until that is over."""
    recipe, given = load_recipe(recipe_file), LightningRun.trainer_options
    training = {name: config[name] for name in ("dataset", "model", "training")}
    device = Device(kind=options.device, threads=1 if options.device == "cpu" else 8)
    watch = Watch(data, options.to, options.seconds)
    watched = mock.patch.object(LightningRun, "trainer_options", lambda run: given(run, watch))
    with watched, suppress(Over):
        run_trial(recipe.train, training, folder / "run", data=data, device=device)
    return watch


if __name__ == "__main__":
    main()
