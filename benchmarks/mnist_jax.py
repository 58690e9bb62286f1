"""An epoch of jax-mnist against a bare lax.scan over the whole epoch.

PYTHONPATH=libs/python <python of the jax environment> benchmarks/mnist_jax.py
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

settings = {
    "optimizer": "adam",
    "schedule": "constant",
    "decay_steps": 100,
    "steps_per_chunk": 125,
    "loading": "resident",
    "validation_batch": 1000,
    "dtype": "float32",
}


def bare_scan(data: Path) -> Callable[[], float]:
    """A function that takes an epoch and gives its seconds, compiled and warm."""
    import jax
    import jax.numpy as jnp
    import optax

    from blacksmith.datasets.mnist.splits import load_split
    from blacksmith.models.jax import mlp

    split = load_split(data, "train", "mnist")
    images, labels = jnp.asarray(split.standardised()), jnp.asarray(split.labels, jnp.int32)
    optimizer = optax.adam(0.001)
    parameters = mlp.init(jax.random.key(0), 784, [512, 512], 10)
    carry: Any = (parameters, optimizer.init(parameters))

    def loss_of(parameters: Any, images: jax.Array, labels: jax.Array) -> jax.Array:
        logits = mlp.apply(parameters, images)
        losses: jax.Array = optax.softmax_cross_entropy_with_integer_labels(logits, labels)
        return losses.mean()

    @jax.jit
    def epoch(carry: Any, images: jax.Array, labels: jax.Array, batches: jax.Array) -> Any:
        def step(carry: Any, rows: jax.Array) -> Any:
            parameters, state = carry
            loss, slopes = jax.value_and_grad(loss_of)(parameters, images[rows], labels[rows])
            updates, state = optimizer.update(slopes, state)
            return (optax.apply_updates(parameters, updates), state), loss

        return jax.lax.scan(step, carry, batches)

    # The recipe takes the 32 images of the last batch too; here they would need a second scan.
    count = len(labels) - len(labels) % 64

    def run() -> float:
        began = time.perf_counter()
        order = np.random.default_rng(0).permutation(len(labels))[:count].reshape(-1, 64)
        jax.block_until_ready(epoch(carry, images, labels, jnp.asarray(order, jnp.int32)))
        return time.perf_counter() - began

    run()
    return run


def main() -> None:
    """Prints medians and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    os.environ["NPROC"] = str(options.threads)  # read once, when JAX makes its CPU client
    from mnist_epochs import compare, mnist_recipe, prepared, recipe_epoch

    recipe = mnist_recipe("jax")
    with tempfile.TemporaryDirectory() as folder:
        data = prepared(Path(folder))
        ratios = compare(
            "jax-mnist",
            {
                "jax-mnist": lambda: recipe_epoch(recipe, settings, data, options.threads),
                "bare lax.scan": bare_scan(data),
            },
            options.rounds,
        )
    print(f"time of the bare scan: {ratios['bare lax.scan']:.2f} times (target: at most 1.05)")


if __name__ == "__main__":
    main()
