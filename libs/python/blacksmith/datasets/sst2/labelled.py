"""A sentence with its label, and what is wrong with data that cannot be used."""

from __future__ import annotations

from dataclasses import dataclass


class BadData(Exception):
    """Data that cannot be used; the message names the file and the line where there is one."""

    def __init__(self, message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy


@dataclass(frozen=True)
class Sentence:
    """A sentence, its label, and where it comes from."""

    text: str
    label: str
    # How a sentence of the grammar says what it says (plain, negated, contrast); else empty.
    form: str = ""
    # file:line of data that was read; not part of what is prepared.
    origin: str = ""


# In the order in which everything is written and reported.
split_names = ("train", "validation", "test")

Splits = dict[str, list[Sentence]]
