"""Takes a state apart into JSON and tensors, and puts it together again; no pickles.

A state is a tree of dicts, lists, tuples, None, bool, int, float, complex, str, bytes and tensors
of the frameworks in use. Everything comes back as what it was, or as what its framework says it
does, or is refused; only what derives from dict, list, tuple or str comes back as the plain one.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blacksmith.training.frameworks import table
from blacksmith.training.frameworks.framework import State as State
from blacksmith.training.frameworks.leaf import Leaf
from blacksmith.training.tensorfile import Raw

# What a plain JSON object cannot say is an object with one key that starts so.
_mark = "$"

# Those that are nobody's tensors.
_own_kinds = {"float", "bytes", "tuple", "items", "complex", "marked"}


@dataclass(frozen=True)
class Marked:
    """A value with a word on what a library makes of it."""

    kind: str
    value: Any


def encode(state: Any, path: tuple[str, ...] = ()) -> tuple[Any, dict[str, Raw]]:
    """A JSON value and the tensors that it refers to by name; `path` begins their names.

    Raises TypeError for what is neither a plain value nor a tensor of a known type.
    """
    tensors: dict[str, Raw] = {}
    return _encode(state, path, tensors), tensors


def decode(tree: Any, tensors: Mapping[str, Raw]) -> Any:
    """The inverse of `encode`."""
    if isinstance(tree, list):
        return [decode(item, tensors) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if len(tree) == 1:
        ((key, value),) = tree.items()
        if key.startswith(_mark):
            return _decode_marked(key[1:], value, tensors)
    return {key: decode(value, tensors) for key, value in tree.items()}


def to_raw(value: Any, name: str) -> Raw | None:
    """The bytes of a tensor of any framework in use, or None for anything else.

    Raises TypeError, which names it by `name`, for a tensor of a type that files do not hold.
    """
    leaf = table.to_leaf(value, name)
    return leaf.raw if leaf else None


def from_raw(raw: Raw, kind: str) -> Any:
    """A tensor ('torch', 'numpy') with memory of its own."""
    framework = table.of_kind(kind)
    if framework is None:
        raise ValueError(f"no framework is registered here that has values of the kind {kind}")
    return framework.from_raw(Leaf(kind, raw))


def _encode(value: Any, path: tuple[str, ...], tensors: dict[str, Raw]) -> Any:
    if isinstance(value, str):
        return _encode_text(value, path)
    if value is None or type(value) in (bool, int):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"$float": repr(value)}
    if type(value) is complex:
        return {"$complex": [_encode(part, path, tensors) for part in (value.real, value.imag)]}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return _encode_dict(value, path, tensors)
    if isinstance(value, list | tuple):
        items = [_encode(item, (*path, str(i)), tensors) for i, item in enumerate(value)]
        return items if isinstance(value, list) else {"$tuple": items}
    if isinstance(value, Marked):
        return {"$marked": [value.kind, _encode(value.value, path, tensors)]}
    return _encode_leaf(value, path, tensors)


def _encode_leaf(value: Any, path: tuple[str, ...], tensors: dict[str, Raw]) -> Any:
    leaf = table.to_leaf(value, _shown(path))
    if leaf is None:
        raise TypeError(
            f"{_shown(path)} is a {type(value).__name__}; files hold plain values, dicts, lists and"
            " tensors only (of a framework of your own once it is registered with"
            " blacksmith.training.frameworks.register: docs/add-a-framework.md)"
        )
    if leaf.kind in _own_kinds or table.of_kind(leaf.kind) is None:
        raise TypeError(
            f"{_shown(path)} is of the kind {leaf.kind}, which no framework may restore"
        )
    name = ".".join(path)
    while name in tensors:
        name += "'"
    tensors[name] = leaf.raw
    return {f"{_mark}{leaf.kind}": name}


def _encode_text(value: str, path: tuple[str, ...]) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise TypeError(f"{_shown(path)} is {value!a}, which UTF-8 cannot spell") from None
    return value


def _encode_dict(value: dict[Any, Any], path: tuple[str, ...], tensors: dict[str, Raw]) -> Any:
    if all(isinstance(key, str) and not key.startswith(_mark) for key in value):
        return {
            _encode_text(key, path): _encode(item, (*path, key), tensors)
            for key, item in value.items()
        }
    return {
        "$items": [
            [_encode(key, path, tensors), _encode(item, (*path, str(key)), tensors)]
            for key, item in value.items()
        ]
    }


def _shown(path: tuple[str, ...]) -> str:
    return ".".join(path) or "what is to be saved"


def _decode_marked(kind: str, value: Any, tensors: Mapping[str, Raw]) -> Any:
    match kind:
        case "float":
            return float(value)
        case "bytes":
            return base64.b64decode(value)
        case "tuple":
            return tuple(decode(item, tensors) for item in value)
        case "items":
            return {decode(key, tensors): decode(item, tensors) for key, item in value}
        case "complex":
            real, imaginary = (decode(part, tensors) for part in value)
            return complex(real, imaginary)
        case "marked":
            return Marked(value[0], decode(value[1], tensors))
    return from_raw(tensors[value], kind)
