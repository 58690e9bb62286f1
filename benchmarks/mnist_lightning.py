"""An epoch of lightning-mnist against an ordinary Lightning script and bare torch loops.

PYTHONPATH=libs/python <python of the lightning environment> benchmarks/mnist_lightning.py
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import lightning.pytorch as pl
import torch
import torch.nn.functional as F
from mnist_epochs import compare, mnist_recipe, prepared, recipe_epoch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from blacksmith.datasets.mnist.splits import Split, load_split
from blacksmith.models.lightning.mlp import MLP
from blacksmith.training.quiet import quieten

settings = {
    "optimizer": "adam",
    "schedule": "constant",
    "steps_per_chunk": 25,
    "loading": "resident",
    "validation_batch": 1000,
    "precision": "32-true",
}


class PerSample(Dataset[tuple[Tensor, int]]):
    """What an ordinary script does: a transform for each image as it is asked for."""

    def __init__(self, split: Split) -> None:
        self.images = torch.from_numpy(split.images.copy())
        self.labels = split.labels.tolist()

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = (self.images[index].float() / 255 - 0.1307) / 0.3081
        return image, self.labels[index]


class OrdinaryModule(pl.LightningModule):
    """What an ordinary script trains."""

    def __init__(self) -> None:
        super().__init__()
        self.model = MLP(784, [512, 512], 10)

    def training_step(self, batch: tuple[Tensor, Tensor], _: int) -> Tensor:
        """Cross-entropy of a batch."""
        images, labels = batch
        return F.cross_entropy(self.model(images), labels)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam as it comes."""
        return torch.optim.Adam(self.parameters(), lr=0.001)


def ordinary_epoch(split: Split) -> float:
    """Seconds of Trainer.fit for one epoch, an ordinary script's way."""
    trainer = pl.Trainer(
        max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    loader = DataLoader(PerSample(split), batch_size=64, shuffle=True)
    began = time.perf_counter()
    trainer.fit(OrdinaryModule(), loader)
    return time.perf_counter() - began


def bare_epoch(split: Split, fused: bool) -> float:
    """Seconds of a bare loop over resident tensors."""
    images = torch.from_numpy(split.standardised())
    labels = torch.from_numpy(split.labels.astype("int64"))
    model = MLP(784, [512, 512], 10)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001, fused=fused)
    began = time.perf_counter()
    for rows in torch.randperm(len(labels)).split(64):
        loss = F.cross_entropy(model(images[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return time.perf_counter() - began


def main() -> None:
    """Prints medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    quieten()
    torch.set_num_threads(options.threads)
    # What a run's trainer sets, for the others too: random images soon silence most units, and a
    # loop without it would be measured by how slowly a CPU calculates with their vanishing moments.
    torch.set_flush_denormal(True)
    recipe = mnist_recipe("lightning")
    with tempfile.TemporaryDirectory() as folder:
        data = prepared(Path(folder))
        split = load_split(data, "train", "mnist")
        ratios = compare(
            "lightning-mnist",
            {
                "lightning-mnist": lambda: recipe_epoch(recipe, settings, data, options.threads),
                "ordinary Lightning script": lambda: ordinary_epoch(split),
                "bare loop, Adam": lambda: bare_epoch(split, fused=False),
                "bare loop, fused Adam": lambda: bare_epoch(split, fused=True),
            },
            options.rounds,
        )
    ordinary = 1 / ratios.pop("ordinary Lightning script")
    print(f"as fast as the ordinary script: {ordinary:.2f} times (target: at least 2)")
    print(f"time of the faster bare loop: {max(ratios.values()):.2f} times (target: at most 1.15)")


if __name__ == "__main__":
    main()
