"""What a step computes on tt, lowered here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

jax = pytest.importorskip("jax")

from blacksmith.backends.jax_devices import has_loops  # noqa: E402
from blacksmith.backends.jax_operations import stablehlo_operations  # noqa: E402
from blacksmith.backends.tt_operations import check_operations, tt_parameters  # noqa: E402
from blacksmith.models.jax import mlp  # noqa: E402
from blacksmith.training.request import Config, Device  # noqa: E402
from blacksmith.training.trial import load_recipe  # noqa: E402

file = Path(__file__).with_name("recipe.py")


def test_training_on_tt_needs_only_operations_that_its_compiler_knows() -> None:
    recipe, parameters = load_recipe(file), tt_parameters(file)
    settings, model = Config(parameters["training"]), parameters["model"]
    optimizer = recipe.make_optimizer(settings, 1000)
    loops = has_loops(Device(kind="tt"))
    chunk = recipe.make_chunk(optimizer, model["dropout"], jax.random.key(0), loops)
    weights = mlp.init(jax.random.key(0), 784, model["hidden"], 10, settings.dtype)
    carry = (weights, optimizer.init(weights), jax.numpy.zeros((), np.int32))
    images = np.zeros((4000, 784), jax.numpy.dtype(settings.dtype))
    labels = np.zeros(4000, np.int32)
    batches = np.zeros((2, settings.batch_size), np.int32)
    size = settings.validation_batch
    check_operations(
        file,
        {
            "two steps": stablehlo_operations(chunk, carry, images, labels, batches),
            "a batch of validation": stablehlo_operations(
                recipe.judge, weights, images[:size], labels[:size]
            ),
        },
    )
