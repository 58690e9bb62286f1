"""The IDX format of the MNIST files: a magic number, big-endian sizes, then the bytes."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_unsigned_byte = 0x08


class IdxError(ValueError):
    """A file that is not what it should be; the message names it."""


def read_idx(file: Path, dimensions: int) -> NDArray[np.uint8]:
    """The array in an IDX file of unsigned bytes, plain or gzipped."""
    data = _content(file)
    if len(data) < 4 or data[:2] != b"\0\0":
        raise IdxError(f"{file} is not an IDX file: it starts with {data[:4].hex() or 'nothing'}")
    kind, rank = data[2], data[3]
    if kind != _unsigned_byte or rank != dimensions:
        raise IdxError(
            f"{file} holds {rank} dimensions of type 0x{kind:02x};"
            f" {dimensions} of unsigned bytes (0x08) are needed"
        )
    start = 4 + 4 * rank
    shape = tuple(int.from_bytes(data[i : i + 4], "big") for i in range(4, start, 4))
    needed = start + int(np.prod(shape))
    if len(data) != needed:
        what = "cut short" if len(data) < needed else "too long"
        raise IdxError(
            f"{file} is {what}: {len(data)} bytes where its sizes {list(shape)} need {needed}"
        )
    return np.frombuffer(data, dtype=np.uint8, offset=start).reshape(shape)


def _content(file: Path) -> bytes:
    data = file.read_bytes()
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        return gzip.decompress(data)
    except (EOFError, OSError, zlib.error) as error:
        raise IdxError(f"{file} cannot be unpacked: {error}") from None
