"""Rows of prepared data for torch, by number: all on the device, or read batch by batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from blacksmith.training.performance import phase

# Columns of the rows that are asked for (an array of numbers, or a slice), each (n, ...).
Read = Callable[[Any], tuple[NDArray[Any], ...]]


class Table:
    """A split whose batches are indices: `tokens, parts = table[rows]`, on the device.

    `resident` reads everything once, and a batch costs nothing but the indexing. `streamed` reads
    each batch from what `read` has, a memory-mapped file most often: for data that the device
    cannot hold. Both give the same bytes.
    """

    def __init__(self, read: Read, device: torch.device | str, loading: str) -> None:
        self._read = read
        self._device = device
        self._columns = None if loading == "streamed" else self._load(slice(None))

    def __getitem__(self, rows: Tensor) -> tuple[Tensor, ...]:
        """The columns of `rows` (n,)."""
        with phase("data"):
            return self._read_rows(rows)

    def _read_rows(self, rows: Tensor) -> tuple[Tensor, ...]:
        if self._columns is None:
            return self._load(rows.cpu().numpy())
        # Half the time of column[rows].
        return tuple(each.index_select(0, rows.to(each.device)) for each in self._columns)

    def _load(self, rows: Any) -> tuple[Tensor, ...]:
        # torch wants memory that it may write; what is memory-mapped is not.
        return tuple(
            torch.from_numpy(np.require(column, requirements="W")).to(self._device)
            for column in self._read(rows)
        )
