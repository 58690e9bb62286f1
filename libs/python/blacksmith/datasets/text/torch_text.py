"""Pieces of a text for torch, by where they begin."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class TorchText:
    """`inputs, targets = text[begins]`: rows of `length` tokens, and the token after each.

    `resident` holds the whole text on the device; `streamed` reads each batch from the
    memory-mapped file. Both give the same bytes.
    """

    def __init__(
        self, tokens: NDArray[np.uint16], length: int, device: torch.device, loading: str
    ) -> None:
        self._tokens = tokens
        self._device = device
        self._steps = torch.arange(length + 1)
        resident = loading == "resident"
        self._resident = torch.from_numpy(tokens.astype(np.int64)).to(device) if resident else None

    def __len__(self) -> int:
        """Its tokens."""
        return len(self._tokens)

    def __getitem__(self, begins: Tensor) -> tuple[Tensor, Tensor]:
        """Both (n, length) int64 of the rows that begin at `begins` (n,)."""
        at = begins[:, None] + self._steps
        if self._resident is not None:
            rows = self._resident[at.to(self._device)]
        else:
            rows = torch.from_numpy(self._tokens[at.numpy()].astype(np.int64)).to(self._device)
        return rows[:, :-1], rows[:, 1:]


def epoch_begins(count: int, length: int, seed: int, epoch: int) -> Tensor:
    """Where an epoch's rows begin: one after another, all shifted by a chance of seed and epoch.

    There are as many of them in every epoch, each with a token behind it.
    """
    rows = rows_in(count, length)
    spare = count - 1 - rows * length
    shift = int(np.random.default_rng([seed, epoch]).integers(spare + 1))
    return torch.arange(rows) * length + shift


def rows_in(count: int, length: int) -> int:
    """How many rows of `length` an epoch over `count` tokens has; 0 where the text is too short."""
    # One row less than fit, so that there is room for a shift.
    return max(0, (count - 1) // length - 1)


def scoring_rows(count: int, length: int) -> tuple[Tensor, Tensor]:
    """Rows in which each token but the first is foretold once, with at least half a row before it.

    Where they begin (n,), and from which column on each is counted (n,).
    """
    half = max(1, length // 2)
    last = count - 1 - length
    begins = [*range(0, last, half), last]
    first = [0] + [length - (now - before) for before, now in pairwise(begins)]
    return torch.tensor(begins), torch.tensor(first)
