"""The order in which an epoch visits its samples: a function of seed and epoch alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Longer orders are not held: their parts are computed as they are asked for.
_longest_held = 1 << 24
_rounds = 4


def epoch_order(seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    """A permutation of range(count), equal in every framework and after every resume."""
    return np.random.default_rng([seed, epoch]).permutation(count)


def sliceable_order(seed: int, epoch: int, count: int) -> NDArray[np.int64] | ComputedOrder:
    """What `epoch_order` says; of many millions another permutation, which takes no memory."""
    if count > _longest_held:
        return ComputedOrder(seed, epoch, count)
    return epoch_order(seed, epoch, count)


class ComputedOrder:
    """A permutation of range(count) that needs no memory: a Feistel network of 4 rounds.

    Numbers are halved into bits, and each round mixes a keyed hash of one half into the other,
    which any hash leaves reversible. What comes out beyond `count` goes through once more (Black
    and Rogaway, "Ciphers with arbitrary finite domains").
    """

    def __init__(self, seed: int, epoch: int, count: int) -> None:
        self.count = count
        self._half = np.uint64(max(1, ((count - 1).bit_length() + 1) // 2))
        self._mask = (np.uint64(1) << self._half) - np.uint64(1)
        # Odd, so that multiplying loses nothing.
        stream = np.random.default_rng([seed, epoch])
        self._keys = stream.integers(0, 1 << 63, _rounds, np.uint64) * np.uint64(2) + np.uint64(1)

    def __len__(self) -> int:
        """How many numbers there are."""
        return self.count

    def __getitem__(self, part: slice) -> NDArray[np.int64]:
        """The numbers at these positions."""
        numbers = self._mixed(np.arange(*part.indices(self.count), dtype=np.uint64))
        while (beyond := numbers >= self.count).any():
            numbers[beyond] = self._mixed(numbers[beyond])
        return numbers.astype(np.int64)

    def _mixed(self, numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
        left, right = numbers >> self._half, numbers & self._mask
        for key in self._keys:
            hashed = (right + key) * np.uint64(0x9E3779B97F4A7C15)
            hashed = (hashed ^ (hashed >> np.uint64(29))) * key
            left, right = right, left ^ ((hashed >> np.uint64(32)) & self._mask)
        return (left << self._half) | right
