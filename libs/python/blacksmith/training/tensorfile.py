"""Reads and writes safetensors files with nothing but the standard library.

The format: an unsigned 64-bit little-endian length, a JSON header of that length, then the bytes
of all tensors without holes (github.com/huggingface/safetensors). One's own reader, so that a
trainer needs no package for its checkpoints and every damaged file is named with its fault.
"""

from __future__ import annotations

import json
import math
import mmap
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blacksmith.training.failure import BadInput

item_bytes = {
    "F64": 8, "I64": 8, "U64": 8, "C64": 8,
    "F32": 4, "I32": 4, "U32": 4,
    "F16": 2, "BF16": 2, "I16": 2, "U16": 2,
    "I8": 1, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1,
}  # fmt: skip

# The format's name for what is no tensor.
_notes = "__metadata__"

# The reference implementation's limit as well.
_longest_header = 100_000_000

_save_it = "let the recipe write it with save_model of blacksmith.training"


@dataclass(frozen=True)
class Raw:
    """A tensor's bytes, in row-major order, with what they mean."""

    dtype: str
    shape: tuple[int, ...]
    data: memoryview

    @property
    def nbytes(self) -> int:
        """Size of the data in bytes."""
        return math.prod(self.shape) * item_bytes[self.dtype]


def encode_header(
    tensors: Mapping[str, Raw], notes: Mapping[str, str] | None = None
) -> tuple[bytes, list[str]]:
    """The file's first bytes and the order of the data; equal tensors give equal bytes."""
    # Widest first, so that every tensor starts at a multiple of its item size.
    order = sorted(tensors, key=lambda name: (-item_bytes[tensors[name].dtype], name))
    header: dict[str, Any] = {_notes: dict(notes)} if notes else {}
    offset = 0
    for name in order:
        tensor = tensors[name]
        end = offset + tensor.nbytes
        header[name] = {
            "dtype": tensor.dtype,
            "shape": list(tensor.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text, order


def write_tensors(
    file: Path, tensors: Mapping[str, Raw], notes: Mapping[str, str] | None = None
) -> None:
    """Writes and fsyncs `file`; `notes` are texts that its header carries along."""
    head, order = encode_header(tensors, notes)
    with file.open("wb") as out:
        out.write(head)
        for name in order:
            out.write(tensors[name].data)
        out.flush()
        os.fsync(out.fileno())


def read_tensors(file: Path) -> dict[str, Raw]:
    """The tensors of `file`, memory-mapped; raises BadInput when the file is not sound."""
    header, body = _open(file)
    return _slice(file, {name: at for name, at in header.items() if name != _notes}, body)


def read_notes(file: Path) -> dict[str, str]:
    """The notes that were written with the tensors; raises BadInput when the file is not sound."""
    header, _ = _open(file)
    notes = header.get(_notes, {})
    if not isinstance(notes, dict):
        raise _damaged(file, f"its {_notes} is not a JSON object")
    return notes


def check_model(file: Path) -> None:
    """Raises BadInput where a file that a recipe has written is no model: empty, cut, a pointer."""
    try:
        found = read_tensors(file)
    except BadInput as fault:
        raise BadInput(fault.message, remedy=_save_it) from None
    if not found:
        raise BadInput(f"{file} holds no tensor", remedy=_save_it)


def _open(file: Path) -> tuple[dict[str, Any], memoryview]:
    """The header, and what follows it."""
    try:
        with file.open("rb") as source:
            size = os.fstat(source.fileno()).st_size
            if size < 8:
                raise _damaged(file, f"it has {size} bytes; no safetensors file is that short")
            view = memoryview(mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ))
    except FileNotFoundError:
        raise BadInput(f"there is no file {file}") from None
    if bytes(view[:23]) == b"version https://git-lfs":
        raise BadInput(f"{file} is a Git LFS pointer, not the file itself", remedy="git lfs pull")
    length = int.from_bytes(view[:8], "little")
    if length > min(size - 8, _longest_header):
        raise _damaged(file, f"its header claims {length} bytes of {size - 8}")
    return _parse(file, bytes(view[8 : 8 + length])), view[8 + length :]


def _parse(file: Path, text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text.decode(), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise _damaged(file, f"its header is not JSON ({error})") from None
    if not isinstance(header, dict):
        raise _damaged(file, "its header is not a JSON object")
    return header


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) != len(pairs):
        raise ValueError("a name stands in it twice")
    return tree


def _slice(file: Path, header: dict[str, Any], body: memoryview) -> dict[str, Raw]:
    tensors: dict[str, Raw] = {}
    spans: list[tuple[int, int]] = []
    for name, entry in header.items():
        try:
            dtype, shape = str(entry["dtype"]), tuple(int(n) for n in entry["shape"])
            begin, end = (int(n) for n in entry["data_offsets"])
        except (TypeError, KeyError, ValueError):
            raise _damaged(file, f"the header's entry for {name} is malformed") from None
        if dtype not in item_bytes:
            raise _damaged(file, f"{name} has the unknown type {dtype}")
        if min(shape, default=0) < 0 or not 0 <= begin <= end <= len(body):
            raise _damaged(file, f"{name} reaches outside the file")
        tensor = Raw(dtype, shape, body[begin:end])
        if tensor.nbytes != end - begin:
            raise _damaged(file, f"{name} has {end - begin} bytes for the shape {list(shape)}")
        tensors[name] = tensor
        spans.append((begin, end))
    position = 0
    for begin, end in sorted(spans):
        if begin != position:
            raise _damaged(file, f"there is a hole or an overlap at byte {position} of its data")
        position = end
    if position != len(body):
        raise _damaged(file, f"{len(body) - position} bytes too many follow the last tensor")
    return tensors


def _damaged(file: Path, fault: str) -> BadInput:
    return BadInput(f"{file} is damaged: {fault}", remedy="remove it; it will be made again")
