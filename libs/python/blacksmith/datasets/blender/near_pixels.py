"""Which pixels of many pictures there are to choose from, in little more than a bit for each."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_block = 256  # pixels between two counts: one costs as much memory as 64 bits


class NearPixels:
    """The numbers of the pixels that masks of all views mark, in order; `near[rows]` finds some."""

    def __init__(self, masks: Iterable[NDArray[np.bool_]]) -> None:
        """`masks`: (pixels,) of each view, all of one size, one at a time."""
        packed, counts = [], []
        for mask in masks:
            self._pixels = len(mask)  # of a view
            padded = np.zeros(-(-len(mask) // _block) * _block, np.bool_)
            padded[: len(mask)] = mask
            blocks = padded.reshape(-1, _block)
            packed.append(np.packbits(blocks, axis=1))
            counts.append(np.count_nonzero(blocks, axis=1))
        self._bits = np.concatenate(packed)
        # How many marked pixels come before each block, and all of them.
        self._before = np.concatenate([[0], np.cumsum(np.concatenate(counts))])

    def __len__(self) -> int:
        """How many are marked."""
        return int(self._before[-1])

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The pixels' numbers, counted over all views, of rows (n,)."""
        block = np.searchsorted(self._before, rows, side="right") - 1
        ranks = np.unpackbits(self._bits[block], axis=1).cumsum(axis=1, dtype=np.int32)
        place = (ranks <= (rows - self._before[block])[:, None]).sum(axis=1)
        blocks_of_view = -(-self._pixels // _block)
        view, within = np.divmod(block, blocks_of_view)
        numbers: NDArray[np.int64] = view * self._pixels + within * _block + place
        return numbers
