"""How well counting foretells a text: n-grams, smoothed by Witten and Bell's method.

    p(w | c) = (n(c w) + t(c) · p(w | c')) / (n(c) + t(c))

n counts in the training text, t(c) is how many different tokens followed c there, and c' is c
without its first token; at the end stands 1 / vocabulary. (Witten and Bell 1991, interpolated.)
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def longest_possible(vocabulary: int) -> int:
    """The longest n-gram that has a number of 63 bits."""
    return int(63 / math.log2(max(2, vocabulary)))


def bits_by_length(
    training: NDArray[np.uint16], text: NDArray[np.uint16], vocabulary: int, longest: int
) -> list[float]:
    """Mean bits for a token of `text` (from its second on), with n-grams of 1, 2 … `longest`.

    The first tokens of `text` are foretold with as many before them as there are.
    """
    longest = min(longest, longest_possible(vocabulary))
    chances: Floats = np.full(len(text) - 1, 1 / vocabulary)
    bits = []
    for length in range(1, longest + 1):
        begin = max(0, length - 2)  # targets before have not so many tokens before them
        chances[begin:] = _sharpened(training, text, vocabulary, length, chances[begin:])
        bits.append(float(-np.log2(chances).mean()))
    return bits


def _sharpened(
    training: NDArray[np.uint16],
    text: NDArray[np.uint16],
    vocabulary: int,
    length: int,
    shorter: Floats,
) -> Floats:
    """The chances of the targets in `text`, given those by n-grams that are one token shorter."""
    grams, counts = np.unique(_numbers(training, vocabulary, length), return_counts=True)
    # In order, grams of one context stand together.
    contexts, firsts = np.unique(grams // vocabulary, return_index=True)
    totals = np.add.reduceat(counts, firsts)
    kinds = np.diff(np.append(firsts, len(grams)))
    wanted = _numbers(text, vocabulary, length)[-len(shorter) :]
    seen = _looked_up(grams, counts, wanted)
    total = _looked_up(contexts, totals, wanted // vocabulary)
    kind = _looked_up(contexts, kinds, wanted // vocabulary)
    known = total > 0
    mixed: Floats = (seen + kind * shorter) / np.where(known, total + kind, 1)
    return np.where(known, mixed, shorter)


def _numbers(tokens: NDArray[np.uint16], vocabulary: int, length: int) -> Integers:
    """Each run of `length` tokens as one number."""
    count = len(tokens) - length + 1
    numbers: Integers = np.zeros(max(0, count), np.int64)
    for place in range(length):
        numbers = numbers * vocabulary + tokens[place : place + len(numbers)]
    return numbers


def _looked_up(keys: Integers, values: NDArray[np.int64], wanted: Integers) -> NDArray[np.int64]:
    """The value of each wanted key; 0 where there is none."""
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0)
