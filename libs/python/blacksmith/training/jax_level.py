"""One level of a tree of JAX: a node, whatever its kind, and what hangs on it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

import jax
from jax.tree_util import DictKey, SequenceKey


@dataclass(frozen=True)
class Level:
    """A node's children by name: the keys of a dict, the fields of a dataclass, numbers of a list.

    A dict's are in the order of its keys.
    """

    names: list[Hashable]
    children: list[Any]
    structure: Any

    def with_children(self, children: Iterable[Any]) -> Any:
        """A node of the same kind with other children."""
        return jax.tree.unflatten(self.structure, children)


def level_of(node: Any) -> Level | None:
    """None for a leaf, and for None, which JAX takes for a node without children."""
    if node is None:
        return None
    found, structure = jax.tree_util.tree_flatten_with_path(node, is_leaf=lambda it: it is not node)
    if any(len(path) != 1 for path, _ in found):
        return None
    names = [name_of(path[0]) for path, _ in found]
    return Level(names, [child for _, child in found], structure)


def name_of(key: Any) -> Hashable:
    """What a child is called by its parent, from one step of one of JAX's paths."""
    name: Hashable
    match key:
        case DictKey():
            name = key.key
        case SequenceKey():
            name = key.idx
        case _:
            name = jax.tree_util.keystr((key,), simple=True)
    return name
