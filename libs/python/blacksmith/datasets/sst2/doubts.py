"""What in sentences is hardly what a person meant: refused, or reported with file and line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from blacksmith.datasets.sst2.labelled import BadData, Sentence
from blacksmith.datasets.sst2.spelling import difference, plain

# A cell as spreadsheets quote it: a quotation mark inside stands twice.
_quoted = re.compile(r'"(?:[^"]|"")*"')

# With so many labels, one for every other sentence is no set of labels any more.
_few_labels = 10
# With fewer sentences a label that stands once says nothing.
_enough_to_miss_a_second = 20
_most_shown = 3


def refuse_mistaken(sentences: Sequence[Sentence]) -> None:
    """Raises BadData where the columns seem to be swapped, or two labels look alike."""
    _refuse_swapped_columns(sentences)
    first: dict[str, Sentence] = {}
    for sentence in sentences:
        other = first.setdefault(plain(sentence.label), sentence)
        if other.label != sentence.label:
            what = difference(other.label, sentence.label)
            show = str if what == "case" else ascii
            raise BadData(
                f"{sentence.origin}: the label {show(sentence.label)} differs from"
                f" {show(other.label)} ({other.origin}) by {what} only",
                remedy="write each label in one way",
            )


def warn_of_doubts(sentences: Sequence[Sentence], warn: Callable[[str], None]) -> None:
    """Tells of texts in quotation marks and of labels that stand there once."""
    quoted = [sentence for sentence in sentences if _quoted.fullmatch(sentence.text)]
    if quoted:
        warn(
            f"{len(quoted)} of {len(sentences)} texts are in quotation marks, which are taken for a"
            f" part of them (the first is {quoted[0].origin})"
        )
    counts = Counter(sentence.label for sentence in sentences)
    single = [sentence for sentence in sentences if counts[sentence.label] == 1]
    if len(sentences) >= _enough_to_miss_a_second:
        for sentence in single[:_most_shown]:
            warn(
                f"{sentence.origin}: no other text has the label {sentence.label}:"
                " is it the header of a column, or misspelled?"
            )


def _refuse_swapped_columns(sentences: Sequence[Sentence]) -> None:
    labels = {sentence.label for sentence in sentences}
    texts = {sentence.text for sentence in sentences}
    scattered = len(labels) > _few_labels and 2 * len(labels) > len(sentences)
    if len(labels) > len(texts) or scattered:
        example = sentences[0]
        raise BadData(
            f"{example.origin}: {len(labels)} labels for {len(texts)} texts, such as"
            f" {example.label[:60]}: the columns seem to be swapped",
            remedy="write the label first, or name the columns in a first line: text, a tab, label",
        )
