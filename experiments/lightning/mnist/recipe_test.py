"""The recipe on a few hundred images, with a real Trainer."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

pytest.importorskip("torch")
pytest.importorskip("lightning")

from blacksmith.datasets.mnist.recipe_cases import ImageCases
from blacksmith.models.lightning.mlp import MLP
from blacksmith.training.ranks.recipe_cases import SeveralDevicesCases
from blacksmith.training.recipe_cases import CosineCases
from blacksmith.training.torch_recipe_cases import TorchCases
from blacksmith.training.trial import load_recipe


class TestRecipe(ImageCases, CosineCases, TorchCases, SeveralDevicesCases):
    """A small network; 300 images in 10 steps of 32 an epoch, 4 chunks."""

    recipe = load_recipe(Path(__file__).with_name("recipe.py"))
    parameters = {
        "model": {"hidden": [32, 32], "dropout": 0.2},
        "training": {
            "epochs": 3,
            "batch_size": 32,
            "learning_rate": 0.003,
            "decay_steps": 10,
            "steps_per_chunk": 3,
            "validation_batch": 32,
        },
        # The test split's 100 images in batches of 32 and a last one of 4.
        "evaluation": {"batch_size": 32},
    }
    stops = range(11)
    extensions = (({}, {"epochs": 5}, 30),)
    longer = ({"epochs": 4}, 30, 40)
    diverging = {"learning_rate": 1e30, "optimizer": "sgd"}
    steps = 30
    rates = (
        ({"schedule": "constant"}, lambda step: 0.003),
        ({"schedule": "inverse-root"}, lambda step: 0.003 / math.sqrt(1 + step / 10)),
        ({"schedule": "cosine"}, lambda step: 0.0015 * (1 + math.cos(math.pi * step / 30))),
    )

    @staticmethod
    def share_of_hits(model: Path, split: Path) -> float:
        images, weights = load_file(split), load_file(model)
        values = (images["images"].reshape(-1, 784) / 255 - 0.1307) / 0.3081
        for layer in (0, 3, 6):
            values = values @ weights[f"layers.{layer}.weight"].T + weights[f"layers.{layer}.bias"]
            values = np.maximum(values, 0) if layer < 6 else values
        return int((values.argmax(1) == images["labels"]).sum()) / len(values)


def test_the_default_model_has_the_published_number_of_parameters() -> None:
    model = MLP(784, [512, 512], 10)
    assert sum(weight.numel() for weight in model.parameters()) == 669_706
