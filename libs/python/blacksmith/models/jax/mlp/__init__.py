"""A multi-layer perceptron for images, as plain functions over a tree of arrays."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp

# One dict for each layer: kernel (inputs, outputs) and bias (outputs,).
Parameters = list[dict[str, jax.Array]]


def init(
    key: jax.Array, inputs: int, hidden: Sequence[int], classes: int, dtype: str = "float32"
) -> Parameters:
    """Kernels uniform within ±1/√inputs, as torch.nn.Linear starts; biases zero.

    Each layer draws from a key of its own.
    """
    sizes = [inputs, *hidden, classes]
    draw = jax.nn.initializers.variance_scaling(1 / 3, "fan_in", "uniform")
    keys = jax.random.split(key, len(sizes) - 1)
    return [
        {"kernel": draw(key, (rows, columns), dtype), "bias": jnp.zeros(columns, dtype)}
        for key, rows, columns in zip(keys, sizes[:-1], sizes[1:], strict=True)
    ]


def apply(
    parameters: Parameters,
    images: jax.Array,
    dropout: float = 0.0,
    key: jax.Array | None = None,
) -> jax.Array:
    """Logits (batch, classes) of images (batch, inputs).

    With a `key` this is training: a `dropout` share of the hidden values is set to zero.
    """
    values = images
    for index, layer in enumerate(parameters[:-1]):
        values = jax.nn.relu(values @ layer["kernel"] + layer["bias"])
        if key is not None and dropout > 0:
            kept = jax.random.bernoulli(jax.random.fold_in(key, index), 1 - dropout, values.shape)
            values = jnp.where(kept, values / (1 - dropout), 0)
    last = parameters[-1]
    return values @ last["kernel"] + last["bias"]
