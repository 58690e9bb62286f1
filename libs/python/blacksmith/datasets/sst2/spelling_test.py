from __future__ import annotations

import pytest

from blacksmith.datasets.sst2.spelling import difference, plain


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        ("good", "Good", "case"),
        ("caf\u00e9", "cafe\u0301", "the normal form of their characters"),
        ("good", "\uff47\uff4f\uff4f\uff44", "the normal form of their characters"),
        ("good", "go\u200bod", "invisible characters"),
        ("good", "\ufeffgood", "invisible characters"),
        ("go od", "go  od", "invisible characters"),
        ("\u2764", "\u2764\ufe0f", "invisible characters"),
    ],
)
def test_spellings_that_look_alike_are_known_by_their_difference(
    one: str, other: str, what: str
) -> None:
    assert plain(one) == plain(other)
    assert difference(one, other) == what


@pytest.mark.parametrize(
    ("one", "other"), [("good", "goods"), ("e", "\u00e9"), ("1", "2"), ("go od", "good")]
)
def test_spellings_that_look_different_are_different(one: str, other: str) -> None:
    assert plain(one) != plain(other)
