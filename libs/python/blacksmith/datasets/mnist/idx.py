"""The IDX format of the MNIST files: a magic number, big-endian sizes, then the bytes."""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

_unsigned_byte = 0x08
# Far above the published files (47 MB), and small enough to be held in memory.
_most_unpacked = 1 << 30
# What gzip makes of equal bytes; more cannot come out of a file.
_most_expansion = 1032


class IdxError(ValueError):
    """A file that is not what it should be; the message names it."""


def read_idx(file: Path, dimensions: int) -> NDArray[np.uint8]:
    """The array in an IDX file of unsigned bytes, plain or gzipped."""
    try:
        with file.open("rb") as plain:
            if plain.read(2) == b"\x1f\x8b":
                with gzip.open(file) as content:
                    most = min(_most_unpacked, file.stat().st_size * _most_expansion)
                    return _read(file, content, dimensions, most)
            plain.seek(0)
            return _read(file, plain, dimensions, None)
    except (EOFError, OSError, zlib.error) as error:
        raise IdxError(f"{file} cannot be read or unpacked: {error}") from None


def _read(
    file: Path, content: IO[bytes] | gzip.GzipFile, dimensions: int, most: int | None
) -> NDArray[np.uint8]:
    """`most` is how many bytes may be unpacked where the file is packed."""
    head = content.read(4)
    if len(head) < 4 or head[:2] != b"\0\0":
        raise IdxError(f"{file} is not an IDX file: it starts with {head.hex() or 'nothing'}")
    kind, rank = head[2], head[3]
    if kind != _unsigned_byte or rank != dimensions:
        raise IdxError(
            f"{file} holds {rank} dimensions of type 0x{kind:02x};"
            f" {dimensions} of unsigned bytes (0x08) are needed"
        )
    sizes = content.read(4 * rank)
    shape = tuple(int.from_bytes(sizes[i : i + 4], "big") for i in range(0, 4 * rank, 4))
    needed = math.prod(shape)  # not numpy's, which overflows
    if most is not None and needed > _most_unpacked:
        raise IdxError(
            f"{file} would unpack to {needed} bytes, its sizes {list(shape)} say;"
            " if they are right, unpack it and give the plain file"
        )
    # No more than what is asked for, and one byte, is ever unpacked.
    data = content.read(min(needed, file.stat().st_size if most is None else most) + 1)
    if len(data) != needed or len(sizes) < 4 * rank:
        what = "too long" if len(data) > needed else "cut short"
        raise IdxError(
            f"{file} is {what}: its sizes {list(shape)} need {needed} bytes after them,"
            f" and it has {'more' if len(data) > needed else len(data)}"
        )
    return np.frombuffer(data, dtype=np.uint8).reshape(shape)
