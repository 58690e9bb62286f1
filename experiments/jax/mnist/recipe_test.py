"""The recipe on a few hundred images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

jax = pytest.importorskip("jax")

from blacksmith.datasets.mnist.recipe_cases import ImageCases  # noqa: E402
from blacksmith.models.jax import mlp  # noqa: E402
from blacksmith.training.ranks.recipe_cases import SeveralDevicesCases  # noqa: E402
from blacksmith.training.recipe_cases import CosineCases  # noqa: E402
from blacksmith.training.request import Config  # noqa: E402
from blacksmith.training.trial import load_recipe  # noqa: E402

recipe = load_recipe(Path(__file__).with_name("recipe.py"))


@pytest.fixture(scope="module", autouse=True)
def _compile_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same programs come again in every run; their compilation is most of the time."""
    jax.config.update("jax_compilation_cache_dir", str(tmp_path_factory.mktemp("programs")))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


class TestRecipe(ImageCases, CosineCases, SeveralDevicesCases):
    """A small network; 300 images in 10 steps of 32 an epoch, 4 chunks."""

    recipe = recipe
    parameters = {
        "model": {"hidden": [32, 32], "dropout": 0.2},
        "training": {
            "epochs": 3,
            "batch_size": 32,
            "learning_rate": 0.003,
            "steps_per_chunk": 3,
            "validation_batch": 32,
        },
        # The test split's 100 images in batches of 32 and a last one of 4.
        "evaluation": {"batch_size": 32},
    }
    processes = 1
    stops = (3, 6)
    extensions = (({}, {"epochs": 5}, 30),)
    longer = ({"epochs": 4}, 30, 40)
    diverging = {"learning_rate": 1e30, "optimizer": "sgd"}

    @staticmethod
    def share_of_hits(model: Path, split: Path) -> float:
        images, weights = load_file(split), load_file(model)
        values = (images["images"].reshape(-1, 784) / 255 - 0.1307) / 0.3081
        for layer in range(3):
            values = values @ weights[f"layers.{layer}.kernel"] + weights[f"layers.{layer}.bias"]
            values = np.maximum(values, 0) if layer < 2 else values
        return int((values.argmax(1) == images["labels"]).sum()) / len(values)


def test_the_default_model_has_the_published_number_of_parameters() -> None:
    parameters = mlp.init(jax.random.key(0), 784, [512, 512], 10)
    assert sum(leaf.size for leaf in jax.tree.leaves(parameters)) == 669_706


def test_every_layer_starts_from_a_key_of_its_own() -> None:
    first, second, _ = mlp.init(jax.random.key(0), 32, [32, 32], 10)
    assert (first["kernel"] != second["kernel"]).any()


def test_dropout_drops_its_share_and_keeps_the_mean() -> None:
    wide = mlp.init(jax.random.key(0), 1, [20_000], 1)
    wide[0]["kernel"] = jax.numpy.ones((1, 20_000))
    wide[1]["kernel"] = jax.numpy.full((20_000, 1), 1 / 20_000)
    dropped = mlp.apply(wide, jax.numpy.ones((1, 1)), 0.25, jax.random.key(1))
    assert dropped.item() == pytest.approx(1, abs=0.02)
    assert dropped.item() != 1


def test_chunks_visit_every_sample_and_continue_anywhere() -> None:
    order = np.arange(100)
    whole = list(recipe.chunks(order, 0, 8, 5))
    assert [c.shape for c in whole] == [(5, 8), (5, 8), (2, 8), (1, 4)]
    assert np.concatenate([c.ravel() for c in whole]).tolist() == order.tolist()
    rest = list(recipe.chunks(order, 40, 8, 5))
    assert [c.tolist() for c in rest] == [c.tolist() for c in whole[1:]]


@pytest.mark.parametrize("schedule", ["constant", "inverse-root", "cosine"])
def test_the_learning_rate_follows_its_schedule(schedule: str) -> None:
    settings = Config(
        learning_rate=0.1, schedule=schedule, optimizer="sgd", decay_steps=10, momentum=0
    )
    optimizer = recipe.make_optimizer(settings, 20)
    parameters = jax.numpy.zeros(())
    state = optimizer.init(parameters)
    rates, pushed = [], 0.0
    for _ in range(11):
        update, state = optimizer.update(jax.numpy.ones(()), state, parameters)
        pushed = 0.9 * pushed + 1
        rates.append(float(-update) / pushed)
    expected = {"constant": 0.1, "inverse-root": 0.1 / 2**0.5, "cosine": 0.05}[schedule]
    assert rates[0] == pytest.approx(0.1)
    assert rates[10] == pytest.approx(expected, rel=1e-4)
