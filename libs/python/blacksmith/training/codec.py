"""Takes a state apart into JSON and tensors, and puts it together again; no pickles.

A state is a tree of dicts, lists, tuples, None, bool, int, float, str, bytes and tensors (numpy,
torch or JAX; JAX's come back as numpy). Everything comes back as what it was.
"""

from __future__ import annotations

import base64
import math
import sys
from collections.abc import Mapping
from typing import Any

from blacksmith.training.tensorfile import Raw

State = dict[str, Any]

# What a plain JSON object cannot say is an object with one key that starts so.
_mark = "$"

_numpy_names = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16",
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8",
    "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
    "C64": "complex64", "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2",
}  # fmt: skip
_format_names = {name: code for code, name in _numpy_names.items()}


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


def to_raw(value: Any) -> Raw | None:
    """The bytes of a tensor of any library, or None for anything else."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        # view(uint8), since numpy has no bfloat16; reshape, since a scalar has no last axis
        flat = value.detach().cpu().contiguous().reshape(-1)
        code = _code_of(str(value.dtype).removeprefix("torch."))
        return Raw(code, tuple(value.shape), memoryview(flat.view(torch.uint8).numpy()))
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    if not isinstance(value, numpy.ndarray | numpy.generic):
        jax = sys.modules.get("jax")
        if jax is None or not isinstance(value, jax.Array):
            return None
    array = numpy.ascontiguousarray(numpy.asarray(value)).reshape(numpy.shape(value))
    return Raw(
        _code_of(array.dtype.name),
        array.shape,
        memoryview(array.reshape(-1).view(numpy.uint8)),
    )


def _code_of(dtype: str) -> str:
    try:
        return _format_names[dtype]
    except KeyError:
        raise TypeError(
            f"a tensor of the type {dtype} cannot be saved; convert it to one of"
            f" {', '.join(_format_names)}"
        ) from None


def from_raw(raw: Raw, library: str) -> Any:
    """A tensor of `library` ('torch' or 'numpy') with memory of its own."""
    if library == "torch":
        import torch

        dtype = getattr(torch, _numpy_names[raw.dtype])
        if not raw.nbytes:
            return torch.empty(raw.shape, dtype=dtype)
        return torch.frombuffer(bytearray(raw.data), dtype=dtype).reshape(raw.shape)
    import numpy

    name = _numpy_names[raw.dtype]
    if name.startswith(("bfloat", "float8")):
        import ml_dtypes

        dtype = numpy.dtype(getattr(ml_dtypes, name))
    else:
        dtype = numpy.dtype(name)
    return numpy.frombuffer(bytearray(raw.data), dtype=dtype).reshape(raw.shape)


def _encode(value: Any, path: tuple[str, ...], tensors: dict[str, Raw]) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if type(value) is int:
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"$float": repr(value)}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return _encode_dict(value, path, tensors)
    if isinstance(value, list | tuple):
        items = [_encode(item, (*path, str(i)), tensors) for i, item in enumerate(value)]
        return items if isinstance(value, list) else {"$tuple": items}
    raw = to_raw(value)
    if raw is None:
        raise TypeError(
            f"{'.'.join(path) or 'what is to be saved'} is a {type(value).__name__};"
            " files hold plain values, dicts, lists and tensors only"
        )
    name = ".".join(path)
    while name in tensors:
        name += "'"
    tensors[name] = raw
    torch = sys.modules.get("torch")
    is_torch = torch is not None and isinstance(value, torch.Tensor)
    return {"$torch" if is_torch else "$numpy": name}


def _encode_dict(value: dict[Any, Any], path: tuple[str, ...], tensors: dict[str, Raw]) -> Any:
    if all(isinstance(key, str) and not key.startswith(_mark) for key in value):
        return {key: _encode(item, (*path, key), tensors) for key, item in value.items()}
    return {
        "$items": [
            [_encode(key, path, tensors), _encode(item, (*path, str(key)), tensors)]
            for key, item in value.items()
        ]
    }


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
        case "torch" | "numpy":
            return from_raw(tensors[value], kind)
    raise ValueError(f"unknown kind of value in a checkpoint: ${kind}")
