from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from blacksmith.datasets.text.ngrams import bits_by_length, longest_possible

random = np.random.default_rng(0)
training = random.integers(0, 5, 400).astype(np.uint16)
text = random.integers(0, 6, 60).astype(np.uint16)  # a sixth token that training never saw


def chance(context: Sequence[int], token: int, vocabulary: int, longest: int) -> float:
    """By the definition: one recursion, counts of slices."""
    if longest == 0:
        return 1 / vocabulary
    used = list(context)[len(context) - (longest - 1) :] if longest > 1 else []
    shorter = chance(context, token, vocabulary, longest - 1)
    seen: list[int] = training.tolist()
    span = len(used)
    followed = Counter(
        seen[i + span] for i in range(len(seen) - span) if seen[i : i + span] == used
    )
    if not followed:
        return shorter
    kinds = len(followed)
    return (followed[token] + kinds * shorter) / (followed.total() + kinds)


def test_bits_are_those_of_the_definition() -> None:
    found = bits_by_length(training, text, 6, 4)
    for longest, bits in enumerate(found, 1):
        expected = [
            -math.log2(chance(text[:at].tolist(), int(text[at]), 6, min(longest, at + 1)))
            for at in range(1, len(text))
        ]
        assert bits == pytest.approx(sum(expected) / len(expected))


def test_chances_of_all_tokens_add_up_to_one() -> None:
    context = text[:3].tolist()
    assert sum(chance(context, token, 6, 3) for token in range(6)) == pytest.approx(1)


def test_what_repeats_itself_is_foretold() -> None:
    again = np.tile(np.arange(7, dtype=np.uint16), 60)
    one, two = bits_by_length(again, again[:70], 7, 2)
    assert one == pytest.approx(math.log2(7), abs=0.05)
    assert two < 0.3


def test_lengths_that_have_no_number_are_left_out() -> None:
    assert longest_possible(65_536) == 3
    assert len(bits_by_length(training, text, 65_536, 8)) == 3
