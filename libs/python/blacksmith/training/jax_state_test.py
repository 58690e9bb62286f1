"""Model files and checkpoint states of whatever JAX takes for a tree."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

jax = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402
from safetensors.numpy import load_file  # noqa: E402

from blacksmith.training import checkpoint  # noqa: E402
from blacksmith.training.failure import BadInput  # noqa: E402
from blacksmith.training.jax_state import capture, load_model, restore, save_model  # noqa: E402


class Pair(NamedTuple):
    first: Any
    second: Any


@partial(jax.tree_util.register_dataclass, data_fields=["scale", "kernel"], meta_fields=["name"])
@dataclass
class Layer:
    """Its fields are not in the order of the alphabet."""

    scale: Any
    kernel: Any
    name: str


@jax.tree_util.register_pytree_node_class
class Bag:
    """A node that does not tell what its children are called."""

    def __init__(self, *things: Any) -> None:
        self.things = things

    def tree_flatten(self) -> tuple[tuple[Any, ...], None]:
        return self.things, None

    @classmethod
    def tree_unflatten(cls, _: None, things: tuple[Any, ...]) -> Bag:
        return cls(*things)


def matrix(seed: int = 0) -> jax.Array:
    return jax.random.normal(jax.random.key(seed), (2, 3))


plain = {
    "flax's": {"params": {"Dense_0": {"kernel": matrix(), "bias": jnp.zeros(3)}}},
    "layers": [{"kernel": matrix()}, {"kernel": matrix(1)}],
    "a list of lists": [[matrix(), jnp.zeros(3)], [matrix(1), jnp.ones(3)]],
    "a tuple": (matrix(), (matrix(1), None)),
    "one array": matrix(),
    "numbers as keys": {"layers": {0: matrix(), 1: matrix(1), 10: matrix(2)}},
    "names with dots": {"a.b": matrix(), "a": {"b": matrix(1)}},
    "empty nodes": {"a": {}, "b": [], "c": (), "d": None, "e": matrix()},
    "halves": {"kernel": matrix().astype(jnp.bfloat16)},
}


@pytest.mark.parametrize("tree", plain.values(), ids=plain.keys())
def test_a_model_comes_back_as_the_tree_that_it_was(tree: Any, tmp_path: Path) -> None:
    save_model(tmp_path / "m.safetensors", tree)
    back = load_model(tmp_path / "m.safetensors")
    assert jax.tree.structure(back) == jax.tree.structure(tree)
    for got, expected in zip(jax.tree.leaves(back), jax.tree.leaves(tree), strict=True):
        assert isinstance(got, jax.Array)
        assert got.dtype == expected.dtype
        np.testing.assert_array_equal(got, expected)


nodes = {
    "a dataclass": (Layer(jnp.ones(2), matrix(), "l"), {"scale", "kernel"}),
    "a named tuple": (Pair(matrix(), matrix(1)), {"first", "second"}),
    "an ordered dict": (OrderedDict(z=matrix(), a=matrix(1)), {"a", "z"}),
    "a node without names": (Bag(matrix(), matrix(1)), {"0", "1"}),
}


@pytest.mark.parametrize(("tree", "fields"), nodes.values(), ids=nodes.keys())
def test_a_node_of_another_kind_is_a_dict_or_what_it_is_to_be_like(
    tree: Any, fields: set[str], tmp_path: Path
) -> None:
    save_model(tmp_path / "m.safetensors", tree)
    assert load_model(tmp_path / "m.safetensors").keys() == fields
    empty = jax.tree.map(jnp.zeros_like, tree)
    back = load_model(tmp_path / "m.safetensors", like=empty)
    assert type(back) is type(tree)
    assert jax.tree.structure(back) == jax.tree.structure(tree)
    for got, expected in zip(jax.tree.leaves(back), jax.tree.leaves(tree), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_numbers_among_the_arrays_come_back_as_numbers(tmp_path: Path) -> None:
    tree = {"scale": 0.1, "count": 3, "on": True, "kernel": matrix()}
    save_model(tmp_path / "m.safetensors", tree)
    back = load_model(tmp_path / "m.safetensors")
    assert (back["scale"], back["count"], back["on"]) == (0.1, 3, True)


def test_a_key_of_random_numbers_draws_the_same_afterwards(tmp_path: Path) -> None:
    carry = (matrix(), jax.random.key(7))
    checkpoint.write(tmp_path / "c", {"carry": capture(carry)}, 1)
    like = (jnp.zeros((2, 3)), jax.random.key(0))
    _, key = restore(like, checkpoint.read(tmp_path / "c")["carry"])
    np.testing.assert_array_equal(jax.random.normal(key), jax.random.normal(carry[1]))
    save_model(tmp_path / "m.safetensors", carry)
    _, key = load_model(tmp_path / "m.safetensors", like=like)
    np.testing.assert_array_equal(jax.random.normal(key), jax.random.normal(carry[1]))


def test_the_names_of_the_tensors_are_the_way_to_them(tmp_path: Path) -> None:
    save_model(tmp_path / "a.safetensors", plain["flax's"])
    kernel, bias = "params.Dense_0.kernel", "params.Dense_0.bias"
    assert load_file(tmp_path / "a.safetensors").keys() == {kernel, bias}
    save_model(tmp_path / "b.safetensors", plain["layers"])
    assert load_file(tmp_path / "b.safetensors").keys() == {"layers.0.kernel", "layers.1.kernel"}


def test_equal_trees_give_equal_bytes_in_whatever_order_they_were_made(tmp_path: Path) -> None:
    save_model(tmp_path / "a", {"x": matrix(), "y": {"b": matrix(1), "a": matrix(2)}})
    save_model(tmp_path / "b", {"y": {"a": matrix(2), "b": matrix(1)}, "x": matrix()})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("like", "difference"),
    [
        ({"a": [matrix().T]}, r"its a\.0 is float32\[2, 3\], not float32\[3, 2\]"),
        ({"a": [matrix().astype(jnp.bfloat16)]}, r"its a\.0 is float32.*, not bfloat16"),
        ({"a": [matrix(), matrix()]}, r"its a holds 0, not 0, 1"),
        ({"b": [matrix()]}, r"its tree holds a, not b"),
        ({"a": matrix()}, r"its a is list, not float32\[2, 3\]"),
    ],
)
def test_another_model_is_named_by_where_it_differs(
    like: Any, difference: str, tmp_path: Path
) -> None:
    save_model(tmp_path / "m.safetensors", {"a": [matrix()]})
    with pytest.raises(BadInput, match=difference):
        load_model(tmp_path / "m.safetensors", like=like)


@pytest.mark.parametrize("leaf", [jax.nn.relu, object()])
def test_what_a_model_file_cannot_hold_is_named(leaf: Any, tmp_path: Path) -> None:
    with pytest.raises(
        TypeError, match=r"layers\.0\.activation is a (custom_jvp|\w*[Ff]unction|object)"
    ):
        save_model(tmp_path / "m.safetensors", [{"activation": leaf}])
