"""Takes a state apart into JSON and tensors, and puts it together again; no pickles.

A state is a tree of dicts, lists, tuples, None, bool, int, float, complex, str, bytes and tensors
(numpy, torch or JAX; JAX's come back as numpy). Everything comes back as what it was, or is
refused; only what derives from dict, list, tuple or str comes back as the plain one.
"""

from __future__ import annotations

import base64
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
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
    """The bytes of a tensor of any library, or None for anything else.

    Raises TypeError, which names it by `name`, for a tensor of a type that files do not hold.
    """
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        # view(uint8), since numpy has no bfloat16; reshape, since a scalar has no last axis
        flat = value.detach().cpu().contiguous().reshape(-1)
        code = _code_of(str(value.dtype).removeprefix("torch."), name)
        return Raw(code, tuple(value.shape), memoryview(flat.view(torch.uint8).numpy()))
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    # What other classes of array hold besides (a mask, names) would be lost.
    is_numpy = type(value) in (numpy.ndarray, numpy.memmap) or isinstance(value, numpy.generic)
    if not is_numpy:
        jax = sys.modules.get("jax")
        if jax is None or not isinstance(value, jax.Array):
            return None
    dtype = value.dtype
    is_native = not is_numpy or dtype.isnative
    code = _code_of(dtype.name if is_native else str(dtype), name)
    array = numpy.ascontiguousarray(numpy.asarray(value)).reshape(numpy.shape(value))
    return Raw(
        code,
        array.shape,
        memoryview(array.reshape(-1).view(numpy.uint8)),
    )


def _code_of(dtype: str, name: str) -> str:
    try:
        return _format_names[dtype]
    except KeyError:
        raise TypeError(
            f"{name} is a tensor of the type {dtype}, which files do not hold; convert it to one of"
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
    return _encode_tensor(value, path, tensors)


def _encode_tensor(value: Any, path: tuple[str, ...], tensors: dict[str, Raw]) -> Any:
    raw = to_raw(value, _told(path))
    if raw is None:
        raise TypeError(
            f"{_told(path)} is a {type(value).__name__};"
            " files hold plain values, dicts, lists and tensors only"
        )
    name = ".".join(path)
    while name in tensors:
        name += "'"
    tensors[name] = raw
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    if torch is not None and isinstance(value, torch.Tensor):
        return {"$torch": name}
    return {"$scalar" if numpy and isinstance(value, numpy.generic) else "$numpy": name}


def _encode_text(value: str, path: tuple[str, ...]) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise TypeError(f"{_told(path)} is {value!a}, which UTF-8 cannot spell") from None
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


def _told(path: tuple[str, ...]) -> str:
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
        case "torch" | "numpy":
            return from_raw(tensors[value], kind)
        case "scalar":
            return from_raw(tensors[value], "numpy")[()]
        case "marked":
            return Marked(value[0], decode(value[1], tensors))
    raise ValueError(f"unknown kind of value in a checkpoint: ${kind}")
