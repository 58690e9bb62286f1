"""Model files and checkpoint states for JAX."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from blacksmith.training.codec import from_raw, to_raw
from blacksmith.training.tensorfile import read_tensors, write_tensors

Tree = TypeVar("Tree")


def capture(tree: Any) -> list[Any]:
    """The leaves of a tree of arrays (parameters, an optax state), for `ctx.checkpoint`."""
    return [np.asarray(leaf) for leaf in jax.tree.leaves(tree)]


def restore(like: Tree, leaves: list[Any]) -> Tree:
    """A tree of the structure of `like` from what `capture` took."""
    structure: Any = jax.tree.structure(like)
    if structure.num_leaves != len(leaves):
        raise ValueError(f"the state has {len(leaves)} leaves; {structure.num_leaves} are needed")
    restored: Tree = jax.tree.unflatten(structure, [jnp.asarray(leaf) for leaf in leaves])
    return restored


def save_model(file: Path, parameters: list[dict[str, Any]]) -> None:
    """Writes a list of layers as `layers.<index>.<name>`; equal layers give equal bytes."""
    raws = {
        f"layers.{index}.{name}": to_raw(value)
        for index, layer in enumerate(parameters)
        for name, value in layer.items()
    }
    write_tensors(file, {name: raw for name, raw in raws.items() if raw is not None})


def load_model(file: Path) -> list[dict[str, jax.Array]]:
    """The inverse; raises BadInput when the file is damaged."""
    layers: dict[int, dict[str, jax.Array]] = {}
    for name, raw in read_tensors(file).items():
        _, index, field = name.split(".")
        layers.setdefault(int(index), {})[field] = jnp.asarray(from_raw(raw, "numpy"))
    return [layers[index] for index in sorted(layers)]
