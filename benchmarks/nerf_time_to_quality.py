"""Seconds until lightning-nerf renders as a plain NeRF does after two minutes, and to 28 dB.

PYTHONPATH=libs/python <python of the lightning environment> benchmarks/nerf_time_to_quality.py

The scene is ours, 50 views of 100×100 pixels. The plain NeRF is one MLP of 4×128 over positional
encoding, 64 samples a ray, all pixels, no carving: an ordinary script, whose user has found the
batch and the rate that get furthest in two minutes on a CPU: 128 rays at 1e-3, where the 4,096 rays
of GPUs get 332 steps and 15 dB.
Both train at the same time on the same cores, in turns: what else runs there slows both alike.
Only training counts, ours with carving and Lightning.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
import torch.nn.functional as F

from blacksmith.datasets.blender.cameras import place_cameras
from blacksmith.datasets.blender.raymarch import render
from blacksmith.datasets.blender.scene import PARTS
from blacksmith.datasets.blender.torch_rays import RayBank
from blacksmith.datasets.blender.views import Scene, Views
from blacksmith.models.lightning.nerf import CoarseFineRenderer, GridRenderer, carve
from blacksmith.models.lightning.nerf.rendering import over_straight
from blacksmith.training.quiet import quieten
from blacksmith.training.request import Config
from blacksmith.training.torch_state import IndexChunks
from blacksmith.training.trial import load_recipe

root = Path(__file__).parents[1]
cpu, white = torch.device("cpu"), torch.ones(3)
size, angle, counts = 100, 0.6911112070083618, {"train": 50, "val": 1, "test": 10}
plain_rays, plain_rate = 128, 1e-3
asked_psnr = 28.0
every = 7  # every seventh pixel of all test views: enough for a PSNR, and no column is favoured

# The defaults of lightning-nerf.
grid: dict[str, Any] = {
    "resolutions": [32, 96],
    "channels": 8,
    "hidden": 64,
    "density_scale": 10.0,
    "step": 0.03,
    "threshold": 0.3,
    "least_light": 0.003,
}
occupancy, bound = 96, 1.5
training = Config(
    steps=10**9,
    rays=1024,
    learning_rate=0.02,
    decay_steps=1000.0,
    background="random",
    margin=2,
    refresh_every=100,
    fused=True,
    steps_per_chunk=2,
)


def our_scene() -> Scene:
    """50 views to learn from and 10 to judge by, as prepare-data renders them."""
    splits = []
    for seed, count in enumerate(counts.values()):
        poses = place_cameras(count, seed)
        images = np.stack([render(PARTS, pose, size, angle, samples=2) for pose in poses])
        splits.append(Views(images, poses.astype(np.float32)))
    return Scene(*splits, focal=0.5 * size / math.tan(0.5 * angle))


def quality(renderer: torch.nn.Module, test: RayBank) -> float:
    """PSNR in dB over some pixels of all test views, on white."""
    was_training = renderer.training
    renderer.eval()
    error, rows = 0.0, torch.arange(0, len(test), every)
    with torch.inference_mode():
        for part in torch.split(rows, 4096):
            rays, rgba = test[part]
            seen = renderer(rays, white)[-1].clamp(0, 1)
            error += float((seen - over_straight(rgba, white)).square().sum())
    renderer.train(was_training)
    return -10 * math.log10(error / (3 * len(rows)))


class Plain:
    """An ordinary NeRF script's loop."""

    def __init__(self, scene: Scene) -> None:
        self.rays = RayBank(scene.train, scene.focal, cpu, "resident")
        self.renderer = CoarseFineRenderer(
            coarse=(4, 128), fine=(0, 0), frequencies=10, samples=64, fine_samples=0,
            near=2.0, far=6.0, bound=bound,
        )  # fmt: skip
        self.optimizer = torch.optim.Adam(self.renderer.parameters(), lr=plain_rate)
        self.seconds, self.steps = 0.0, 0

    def advance(self, seconds: float) -> None:
        """Trains for about so long."""
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            rays, rgba = self.rays[torch.randint(len(self.rays), (plain_rays,))]
            loss = F.mse_loss(self.renderer(rays, white)[0], over_straight(rgba, white))
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.steps += 1
        self.seconds += time.perf_counter() - began


class Turns(pl.Callback):
    """Stops our clock after each turn, and gives the other one its own."""

    def __init__(self, turn: float, between: Callable[[float], bool]) -> None:
        self.turn = turn
        self.between = between  # given our seconds; says whether to end
        self.seconds = 0.0
        self.began = time.perf_counter()

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        """At the end of a turn."""
        if (spent := time.perf_counter() - self.began) < self.turn:
            return
        self.seconds += spent
        trainer.should_stop = self.between(self.seconds)
        self.began = time.perf_counter()


def compare(scene: Scene, recipe: Any, limit: float) -> tuple[float, float, float, int]:
    """Seconds that ours needs to the plain one's PSNR after `limit` seconds and to the one asked
    for; that PSNR, and the plain one's steps.
    """
    plain, test = Plain(scene), RayBank(scene.test, scene.focal, cpu, "resident")
    curve: list[tuple[float, float]] = []
    ratio = 8  # of the turns: ours has an eighth of the plain one's time, enough for both goals

    def between(seconds: float) -> bool:
        plain.advance(min(ratio * turns.turn, limit - plain.seconds))
        curve.append((seconds, quality(module.renderer, test)))
        return plain.seconds >= limit

    turns = Turns(0.3, between)
    train_rays = RayBank(scene.train, scene.focal, cpu, "resident", margin=training.margin)
    alpha, poses = torch.tensor(scene.train.images[..., 3]), torch.tensor(scene.train.poses)
    hull = carve(alpha, poses, scene.focal, occupancy, bound)
    renderer = GridRenderer(hull, bound=bound, **grid)
    module = recipe.RadianceField(renderer, training, train_rays, test)
    trainer = pl.Trainer(
        max_epochs=-1, accelerator="cpu", callbacks=[turns], logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    chunks = IndexChunks(len(train_rays), training.rays, training.steps_per_chunk, 0)
    trainer.fit(module, chunks)
    goal = quality(plain.renderer, test)

    def reached(psnr: float) -> float:
        return next((seconds for seconds, found in curve if found >= psnr), math.inf)

    return reached(goal), reached(asked_psnr), goal, plain.steps


def main() -> None:
    """Prints each round and the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    quieten()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)  # as a run's trainer does
    scene = our_scene()
    recipe = load_recipe(root / "experiments/lightning/nerf/recipe.py")
    ratios, to_asked = [], []
    for seed in range(options.rounds):
        torch.manual_seed(seed)
        ours, asked, goal, steps = compare(scene, recipe, options.seconds)
        ratios.append(options.seconds / ours)
        to_asked.append(asked)
        print(
            f"plain 4×128: {goal:.2f} dB after {options.seconds:g} s ({steps} steps);"
            f" lightning-nerf: {ours:.1f} s, {ratios[-1]:.0f} times less;"
            f" {asked_psnr:g} dB after {asked:.1f} s",
            flush=True,
        )
    print(
        f"median of {options.rounds}: {statistics.median(ratios):.0f} times less (target: 25),"
        f" {asked_psnr:g} dB after {statistics.median(to_asked):.1f} s (target: 9)"
    )


if __name__ == "__main__":
    main()
