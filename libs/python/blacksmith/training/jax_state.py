"""Model files and checkpoint states for JAX, of any tree that JAX knows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

import jax

from blacksmith.training import codec
from blacksmith.training.failure import BadInput
from blacksmith.training.jax_leaf import pack, unpack
from blacksmith.training.jax_level import level_of, name_of
from blacksmith.training.tensorfile import read_notes, read_tensors, write_tensors

Tree = TypeVar("Tree")

# Where a model file says which dicts, lists and tuples its arrays belong into.
_tree_note = "tree"


def capture(tree: Any) -> list[Any]:
    """The leaves of a tree of arrays (parameters, an optax state), for `ctx.checkpoint`.

    Raises TypeError for a leaf that no file holds, with the way to it.
    """
    leaves = []
    for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]:
        leaves.append(pack(leaf))
        codec.encode(leaves[-1], tuple(str(name_of(key)) for key in path))
    return leaves


def restore(like: Tree, leaves: list[Any]) -> Tree:
    """A tree of the structure of `like` from what `capture` took; its leaves are what they were."""
    originals, structure = jax.tree.flatten(like)
    if len(originals) != len(leaves):
        raise ValueError(f"the state has {len(leaves)} leaves; {len(originals)} are needed")
    restored: Tree = jax.tree.unflatten(structure, map(unpack, leaves))
    return restored


def save_model(file: Path, parameters: Any) -> None:
    """Writes a tree of arrays, `{"dense": {"kernel": …}}` as `dense.kernel`; a list, or a single
    array, as `layers.…`. Equal trees give equal bytes.

    Raises TypeError for a leaf that is neither an array nor a plain value, with the way to it.
    """
    plain = _plain(parameters)
    root = () if isinstance(plain, dict) else ("layers",)
    tree, tensors = codec.encode(plain, root)
    note = json.dumps(tree, ensure_ascii=False, separators=(",", ":"))
    write_tensors(file, tensors, {_tree_note: note})


def load_model(file: Path, like: Any = None) -> Any:
    """What `save_model` wrote: dicts, lists and tuples of arrays.

    Nodes of other kinds (dataclasses, named tuples, Flax's own) come back as dicts of their fields;
    or as those of `like`, a tree of the same structure: `load_model(ctx.model, like=init(key))`,
    or `like=jax.eval_shape(init, key)`. The leaves come back as the kind and type that they were.
    Raises BadInput when the file is damaged or holds another model than `like`.
    """
    tensors, note = read_tensors(file), read_notes(file).get(_tree_note)
    if note is None:
        raise BadInput(
            f"{file} does not say which tree its arrays belong into",
            remedy="write it with blacksmith.training.jax_state.save_model",
        )
    tree = codec.decode(json.loads(note), tensors)
    return jax.tree.map(unpack, tree) if like is None else _filled(like, tree, file, ())


def _plain(node: Any) -> Any:
    """The tree in dicts, lists and tuples, which a file can describe."""
    level = level_of(node)
    if level is None:
        return None if node is None else pack(node)
    items = [_plain(child) for child in level.children]
    if type(node) in (list, tuple):
        return type(node)(items)
    return dict(zip(level.names, items, strict=True))


def _filled(like: Any, tree: Any, file: Path, path: tuple[str, ...]) -> Any:
    """A tree of the nodes of `like`, with what `tree` has in their places."""
    level = level_of(like)
    if level is None:
        leaf = unpack(tree)
        if _shape_of(like) != _shape_of(leaf):
            raise _another_model(file, path, f"is {_shape_of(leaf)}, not {_shape_of(like)}")
        return leaf
    places = dict(tree if isinstance(tree, dict) else enumerate(_items(tree)))
    if places.keys() != set(level.names):
        there, needed = (", ".join(map(str, names)) or "nothing" for names in (places, level.names))
        raise _another_model(file, path, f"holds {there}, not {needed}")
    return level.with_children(
        _filled(child, places[name], file, (*path, str(name)))
        for name, child in zip(level.names, level.children, strict=True)
    )


def _items(tree: Any) -> Any:
    return tree if isinstance(tree, list | tuple) else ()


def _another_model(file: Path, path: tuple[str, ...], difference: str) -> BadInput:
    return BadInput(
        f"{file} holds another model: its {'.'.join(path) or 'tree'} {difference}",
        remedy="evaluate with the model's code and parameters that it was trained with",
    )


def _shape_of(leaf: Any) -> str:
    if hasattr(leaf, "dtype") and hasattr(leaf, "shape"):
        return f"{leaf.dtype}{list(leaf.shape)}"
    return "nothing" if leaf is None else type(leaf).__name__
