from __future__ import annotations

from collections.abc import Sequence

import pytest

from blacksmith.datasets.sst2.doubts import refuse_mistaken, warn_of_doubts
from blacksmith.datasets.sst2.labelled import BadData, Sentence


def lines(*pairs: tuple[str, str]) -> list[Sentence]:
    return [
        Sentence(text, label, origin=f"own.tsv:{number}")
        for number, (label, text) in enumerate(pairs, 1)
    ]


def warnings(sentences: Sequence[Sentence]) -> list[str]:
    said: list[str] = []
    warn_of_doubts(sentences, said.append)
    return said


def test_labels_that_look_alike_are_refused_with_both_lines() -> None:
    with pytest.raises(BadData) as caught:
        refuse_mistaken(lines(("good", "a"), ("bad", "b"), ("Good", "c")))
    assert str(caught.value) == (
        "own.tsv:3: the label Good differs from good (own.tsv:1) by case only"
    )
    with pytest.raises(BadData, match=r"own\.tsv:3: the label 'go\\u200bod' differs from 'good'"):
        refuse_mistaken(lines(("good", "a"), ("bad", "b"), ("go\u200bod", "c")))


def test_swapped_columns_are_refused_with_an_example() -> None:
    swapped = lines(*((f"a long text {n}", "good" if n % 2 else "bad") for n in range(200)))
    with pytest.raises(BadData, match=r"own\.tsv:1: 200 labels for 2 texts, such as a long text 0"):
        refuse_mistaken(swapped)
    with pytest.raises(BadData, match=r"200 labels for 200 texts.*seem to be swapped"):
        refuse_mistaken(lines(*((f"text {n}", f"{n}") for n in range(200))))


def test_many_labels_with_several_texts_each_are_taken() -> None:
    refuse_mistaken(lines(*((f"label {n % 50}", f"text {n}") for n in range(200))))
    refuse_mistaken(lines(("good", "a"), ("bad", "b")))


def test_cells_as_spreadsheets_quote_them_are_reported() -> None:
    quoted = lines(("good", '"a ""fine"" film"'), ("bad", '"So!" he said. "Well?"'), ("bad", '"'))
    assert warnings(quoted) == [
        "1 of 3 texts are in quotation marks, which are taken for a part of them"
        " (the first is own.tsv:1)"
    ]


def test_a_label_that_stands_once_among_many_is_reported() -> None:
    many = [("good" if n % 2 else "bad", f"text {n}") for n in range(30)]
    assert warnings(lines(*many)) == []
    (warning,) = warnings(lines(("sentiment", "review"), *many))
    assert warning.startswith("own.tsv:1: no other text has the label sentiment")
