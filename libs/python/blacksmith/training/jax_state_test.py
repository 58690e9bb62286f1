"""Model files and checkpoint states of whatever JAX takes for a tree."""

from __future__ import annotations

import signal
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

jax = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402
import optax  # noqa: E402
from safetensors.numpy import load_file  # noqa: E402

from blacksmith.training import Context, checkpoint  # noqa: E402
from blacksmith.training.failure import BadInput  # noqa: E402
from blacksmith.training.jax_state import capture, load_model, restore, save_model  # noqa: E402
from blacksmith.training.trial import contents, run_trial  # noqa: E402


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
    """A node that does not say what its children are called."""

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


leaves: dict[str, Any] = {
    "a key of random numbers": jax.random.key(7),
    "keys of another kind": jax.random.split(jax.random.key(7, impl="rbg"), 3),
    "brain floats": matrix().astype(jnp.bfloat16),
    "eight bits": matrix().astype(jnp.float8_e4m3fn),
    "truths": matrix() > 0,
    "complex numbers": matrix().astype(jnp.complex64),
    "no dimension": jnp.float32(3),
    "no element": jnp.zeros((0, 3)),
    "a type that gives way": jnp.full((2,), -0.0),
    "a whole one that gives way": jnp.asarray(3),
    "numpy's, of 64 bits": np.array([0.1, 1e300]),
    "numpy's, no dimension": np.array(2**40),
    "numpy's, transposed": np.arange(6).reshape(2, 3).T,
    "a scalar of numpy": np.float64(0.1),
    "a truth of numpy": np.bool_(True),
    "a plain number": 0.1,
    "infinity": float("-inf"),
    "a complex number": complex(1, float("inf")),
    "a huge number": 2**70,
    "a text": "ä",
}


@pytest.mark.parametrize("leaf", leaves.values(), ids=leaves.keys())
def test_a_leaf_comes_back_as_the_kind_the_type_and_the_bytes_that_it_was(
    leaf: Any, tmp_path: Path
) -> None:
    tree = {("a", 1): [leaf, None], ("b", 2): (leaf, {})}
    checkpoint.write(tmp_path / "c", {"carry": capture(tree)}, 1)
    save_model(tmp_path / "m.safetensors", tree)
    for back in (
        restore(tree, checkpoint.read(tmp_path / "c")["carry"]),
        load_model(tmp_path / "m.safetensors"),
        load_model(tmp_path / "m.safetensors", like=tree),
    ):
        assert jax.tree.structure(back) == jax.tree.structure(tree)
        for got in jax.tree.leaves(back):
            assert described(got) == described(leaf)


def described(leaf: Any) -> tuple[Any, ...]:
    """Whatever the next step of a training could depend on."""
    if not hasattr(leaf, "dtype"):
        return type(leaf), leaf
    if str(leaf.dtype).startswith("key"):
        return type(leaf), str(leaf.dtype), described(jax.random.key_data(leaf))
    weak = getattr(leaf, "weak_type", None)
    return type(leaf), str(leaf.dtype), leaf.shape, weak, np.asarray(leaf).tobytes()


def test_a_state_of_optax_comes_back_with_its_empty_nodes(tmp_path: Path) -> None:
    parameters = {"kernel": matrix(), "frozen": matrix(1)}
    optimizer = optax.chain(
        optax.masked(optax.adamw(1e-3), {"kernel": True, "frozen": False}),
        optax.inject_hyperparams(optax.sgd)(learning_rate=0.1),
    )
    state = optimizer.init(parameters)
    checkpoint.write(tmp_path / "c", {"s": capture(state)}, 1)
    back = restore(state, checkpoint.read(tmp_path / "c")["s"])
    assert jax.tree.structure(back) == jax.tree.structure(state)
    assert list(map(described, jax.tree.leaves(back))) == list(
        map(described, jax.tree.leaves(state))
    )


class Mask(np.ndarray[Any, Any]):
    """An array of numpy with a class of its own."""


refused: dict[str, tuple[Any, str]] = {
    "four bits": (jnp.zeros(2, jnp.int4), "a tensor of the type int4"),
    "the other end first": (np.arange(3, dtype=">i4"), "a tensor of the type >i4"),
    "texts of numpy": (np.array(["a"]), "a tensor of the type str32"),
    "objects of numpy": (np.array([None], object), "a tensor of the type object"),
    "dates": (np.array(["2020-01-01"], "M8[D]"), r"a tensor of the type datetime64\[D\]"),
    "an array with more to it": (np.zeros(2).view(Mask), "a Mask"),
    "a number of a class of its own": (signal.SIGINT, "a Signals"),
    "half a letter": ("\ud800", r"'\\ud800', which UTF-8 cannot spell"),
    "a shape": (jax.ShapeDtypeStruct((2,), jnp.float32), "a ShapeDtypeStruct"),
}


@pytest.mark.parametrize(("leaf", "fault"), refused.values(), ids=refused.keys())
def test_what_would_not_come_back_is_refused_with_the_way_to_it(
    leaf: Any, fault: str, tmp_path: Path
) -> None:
    tree = {"layers": [{"scale": leaf}]}
    for save in (capture, lambda it: save_model(tmp_path / "m.safetensors", it)):
        with pytest.raises(TypeError, match=rf"^layers\.0\.scale is {fault}"):
            save(tree)


def test_a_model_is_loaded_like_what_is_known_of_it_by_its_shapes_alone(tmp_path: Path) -> None:
    layer = Layer(jax.random.key(3), matrix(), "l")
    save_model(tmp_path / "m.safetensors", layer)
    back = load_model(tmp_path / "m.safetensors", like=jax.eval_shape(lambda: layer))
    assert isinstance(back, Layer)
    assert list(map(described, jax.tree.leaves(back))) == list(
        map(described, jax.tree.leaves(layer))
    )


def test_no_bit_of_a_model_of_64_bits_is_lost_without_a_word(tmp_path: Path) -> None:
    with jax.enable_x64(True):
        save_model(tmp_path / "m.safetensors", {"kernel": jnp.asarray(np.array([1e300]))})
        assert load_model(tmp_path / "m.safetensors")["kernel"].dtype == np.float64
    with pytest.raises(BadInput, match="an array of float64 is to be loaded") as caught:
        load_model(tmp_path / "m.safetensors")
    assert "jax_enable_x64" in (caught.value.remedy or "")


def test_a_killed_training_goes_on_with_a_type_that_gives_way_as_one(tmp_path: Path) -> None:
    """Halves by a strong 32-bit rate would be 32-bit numbers from then on."""

    def train(ctx: Context) -> None:
        state = ctx.resume(at_most=4)
        carry = {"weights": matrix().astype(jnp.bfloat16), "rate": jnp.asarray(0.3)}
        step = 0
        if state is not None:
            carry, step = restore(carry, state["carry"]), state["step"]
        while step < 4:
            carry = {**carry, "weights": carry["weights"] * carry["rate"]}
            step += 1
            ctx.checkpoint_when_due(step, lambda: {"carry": capture(carry), "step": step})  # noqa: B023
        save_model(ctx.output / "model.safetensors", carry["weights"])

    whole = run_trial(train, {}, tmp_path / "whole")
    assert run_trial(train, {}, tmp_path / "cut", stop_after=2).stopped
    continued = run_trial(train, {}, tmp_path / "cut")
    assert continued.named("resumed")
    assert contents(continued) == contents(whole)


def test_numbers_among_the_arrays_come_back_as_numbers(tmp_path: Path) -> None:
    tree = {"scale": 0.1, "count": 3, "on": True, "kernel": matrix()}
    save_model(tmp_path / "m.safetensors", tree)
    back = load_model(tmp_path / "m.safetensors")
    assert (back["scale"], back["count"], back["on"]) == (0.1, 3, True)


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
