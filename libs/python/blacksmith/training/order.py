"""The order in which an epoch visits its samples: a function of seed and epoch alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def epoch_order(seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    """A permutation of range(count), equal in every framework and after every resume."""
    return np.random.default_rng([seed, epoch]).permutation(count)
