"""The recipe on a few hundred images, in a plain loop."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from safetensors.numpy import load_file

torch = pytest.importorskip("torch")

from blacksmith.datasets.mnist.recipe_cases import ImageCases  # noqa: E402
from blacksmith.training.ranks.recipe_cases import SeveralDevicesCases  # noqa: E402
from blacksmith.training.recipe_cases import RecipeCases, model_of  # noqa: E402
from blacksmith.training.torch_recipe_cases import ThreadsAsBefore, TorchCases  # noqa: E402
from blacksmith.training.trial import Trial, load_recipe  # noqa: E402


class TestRecipe(ImageCases, TorchCases, SeveralDevicesCases):
    """A small network; 300 images in 10 steps of 32 an epoch, 4 chunks."""

    recipe = load_recipe(Path(__file__).with_name("recipe.py"))
    parameters = {
        "model": {"channels": 4, "hidden": 64, "dropout": 0.2},
        "training": {
            "epochs": 3,
            "batch_size": 32,
            "learning_rate": 0.01,
            "schedule": "constant",
            "decay_steps": 10,
            "steps_per_chunk": 3,
            "validation_batch": 64,
        },
        # The test split's 100 images in batches of 64 and 36.
        "evaluation": {"batch_size": 64},
    }
    # Before the first step, inside of an epoch, at an epoch's end.
    stops = (0, 2, 3, 4, 10)
    extensions = tuple(
        ({"epochs": 2, "schedule": name}, {"epochs": 3, "schedule": name}, 20)
        for name in ("constant", "inverse-root")
    )
    steps = 30
    rates = (
        ({"schedule": "constant"}, lambda step: 0.01),
        ({"schedule": "inverse-root"}, lambda step: 0.01 / math.sqrt(1 + step / 10)),
    )

    @staticmethod
    def share_of_hits(model: Path, split: Path) -> float:
        images, weights = load_file(split), load_file(model)
        values = torch.from_numpy((images["images"] / 255 - 0.1307) / 0.3081).float()[:, None]
        tensor = {name: torch.from_numpy(value) for name, value in weights.items()}
        for layer in (1, 4):
            weight, bias = (tensor[f"layers.{layer}.{kind}"] for kind in ("weight", "bias"))
            values = torch.nn.functional.conv2d(values, weight, bias, padding=1).relu()
            values = torch.nn.functional.max_pool2d(values, 2)
        values = values.flatten(1) @ tensor["layers.8.weight"].T + tensor["layers.8.bias"]
        values = values.relu() @ tensor["layers.11.weight"].T + tensor["layers.11.bias"]
        hits: int = (values.argmax(1).numpy() == images["labels"]).sum()
        return hits / len(values)


class TestMoved(ThreadsAsBefore, RecipeCases, SeveralDevicesCases):
    """The same with images that are moved about: where a run continues, so do their moves."""

    recipe = TestRecipe.recipe
    data = ImageCases.data
    parameters = {
        **TestRecipe.parameters,
        "training": {
            **TestRecipe.parameters["training"],
            "epochs": 1,
            "augmentation": {"rotation": 10, "scale": 0.1, "shift": 2, "flip": True},
        },
    }
    stops = (2,)
    kill_after = 12

    def test_it_trains_on_other_images_than_without(
        self, data: Path, straight: Trial, tmp_path: Path
    ) -> None:
        still = {"rotation": 0, "scale": 0, "shift": 0, "flip": False}
        other = self.train(data, tmp_path, self.config(augmentation=still))
        assert model_of(other).read_bytes() != model_of(straight).read_bytes()
