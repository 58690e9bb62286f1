"""The recipe on a few hundred images, with a real Trainer."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")

from safetensors.numpy import load_file  # noqa: E402

from blacksmith.datasets.mnist.recipe_cases import ImageCases  # noqa: E402
from blacksmith.training.recipe_cases import RecipeCases, model_of  # noqa: E402
from blacksmith.training.request import Config  # noqa: E402
from blacksmith.training.torch_recipe_cases import ThreadsAsBefore  # noqa: E402
from blacksmith.training.trial import Trial, load_recipe, run_trial  # noqa: E402

here = Path(__file__)


class TestRecipe(ThreadsAsBefore, RecipeCases):
    """A small network on moved images; 300 images in 10 steps of 32 an epoch, 4 chunks."""

    recipe = load_recipe(here.with_name("recipe.py"))
    data = ImageCases.data
    parameters = {
        "model": {"channels": 4, "hidden": 64, "dropout": 0.2},
        "training": {
            "epochs": 2,
            "batch_size": 32,
            "learning_rate": 0.01,
            "decay_steps": 10,
            "steps_per_chunk": 3,
            "validation_batch": 100,
            "augmentation": {"rotation": 10, "scale": 0.1, "shift": 2},
        },
    }
    # Before the first step, inside of an epoch, at an epoch's end.
    stops = (0, 2, 4)

    def test_it_ends_with_the_model_of_the_plain_loop(
        self, data: Path, straight: Trial, tmp_path: Path
    ) -> None:
        plain = load_recipe(here.parents[2] / "torch" / "cnn" / "recipe.py")
        config = {name: self.config()[name] for name in ("dataset", "model", "training")}
        other = run_trial(plain.train, config, tmp_path, data=data)
        assert model_of(other).read_bytes() == model_of(straight).read_bytes()

    def test_evaluation_agrees_with_a_direct_count(
        self, data: Path, straight: Trial, tmp_path: Path
    ) -> None:
        test, model = load_file(data / "test.safetensors"), self.recipe.CNN(784, 10, 4, 64)
        weights = load_file(model_of(straight))
        model.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
        images = torch.from_numpy((test["images"] / 255 - 0.1307) / 0.3081).float().flatten(1)
        hits = model.eval()(images).argmax(1).numpy() == test["labels"]
        result = self.evaluate(straight, data, tmp_path).result
        assert result["accuracy"] == hits.mean()
        assert result["accuracy"] > 0.3  # of ten classes, after 20 steps

    def test_the_rate_falls_as_its_schedule_says(self) -> None:
        for name, after_30 in (("constant", 1.0), ("inverse-root", 1 / math.sqrt(4))):
            settings = Config(self.config(schedule=name)["training"])
            module = self.recipe.Classifier(self.recipe.CNN(784, 10, 4, 64), settings, fused=True)
            schedule = module.configure_optimizers()["lr_scheduler"]
            assert schedule.lr_lambdas[0](30) == pytest.approx(after_30)
