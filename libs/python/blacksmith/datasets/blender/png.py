"""Writes PNG images and animations with the standard library alone.

So a framework's environment needs no image library, and equal pixels give equal bytes.
Format: https://www.w3.org/TR/png-3/ (animations: chunks acTL, fcTL and fdAT).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_signature = b"\x89PNG\r\n\x1a\n"


def write_png(file: Path, image: NDArray[np.uint8]) -> None:
    """Writes an RGB image (H, W, 3)."""
    file.write_bytes(_signature + _header(image) + _chunk(b"IDAT", _packed(image)) + _end())


def write_animation(
    file: Path, frames: Iterable[NDArray[np.uint8]], count: int, milliseconds: int
) -> None:
    """Writes `count` RGB frames (H, W, 3) as an animated PNG that repeats for ever."""
    sequence = 0
    with file.open("wb") as out:
        for index, frame in enumerate(frames):
            if index == 0:
                out.write(_signature + _header(frame))
                out.write(_chunk(b"acTL", struct.pack(">II", count, 0)))
            height, width = frame.shape[:2]
            timing = struct.pack(">HHBB", milliseconds, 1000, 0, 0)
            placing = struct.pack(">IIIII", sequence, width, height, 0, 0)
            out.write(_chunk(b"fcTL", placing + timing))
            sequence += 1
            if index == 0:  # also what a viewer without animations shows
                out.write(_chunk(b"IDAT", _packed(frame)))
                continue
            out.write(_chunk(b"fdAT", struct.pack(">I", sequence) + _packed(frame)))
            sequence += 1
        out.write(_end())


def to_bytes(image: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Values of 0..1, clipped and rounded to 0..255."""
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)


def _header(image: NDArray[np.uint8]) -> bytes:
    height, width, channels = image.shape
    if channels != 3:
        raise ValueError(f"an RGB image has 3 channels, not {channels}")
    return _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def _packed(image: NDArray[np.uint8]) -> bytes:
    # Filter 1 (difference to the pixel on the left) for every row: halves our renderings' size.
    rows = image.astype(np.int16)
    rows[:, 1:] -= image[:, :-1].astype(np.int16)
    filtered = (rows & 255).astype(np.uint8).reshape(len(image), -1)
    marked = np.concatenate([np.ones((len(image), 1), np.uint8), filtered], axis=1)
    return zlib.compress(marked.tobytes(), 9)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _end() -> bytes:
    return _chunk(b"IEND", b"")
