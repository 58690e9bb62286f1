"""A leaf of a state, such as a tensor, in the bytes that files hold."""

from __future__ import annotations

from dataclasses import dataclass

from blacksmith.training.tensorfile import Raw

# What numpy, torch and JAX call the element types of safetensors.
dtype_names = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16",
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8",
    "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
    "C64": "complex64", "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2",
}  # fmt: skip
_codes = {name: code for code, name in dtype_names.items()}


@dataclass(frozen=True)
class Leaf:
    """Its bytes, and one of its framework's `kinds`."""

    kind: str
    raw: Raw


def code_of(dtype: str, path: str) -> str:
    """What files call elements of `dtype` (`float32`).

    Raises TypeError, which names the leaf by `path`, for a type that files do not hold.
    """
    code = _codes.get(dtype)
    if code is None:
        raise TypeError(
            f"{path} is a tensor of the type {dtype}, which files do not hold; convert it to one of"
            f" {', '.join(_codes)}"
        )
    return code
