"""Where in a JSON text a value stands, so that a fault in it can be reported with its line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_decoder = json.JSONDecoder()


@dataclass(frozen=True)
class JsonPosition:
    """A value in a file of valid JSON: `str()` of it gives file, line and name."""

    file: Path
    text: str
    path: tuple[str | int, ...] = ()

    def at(self, *path: str | int) -> JsonPosition:
        """A value inside this one."""
        return JsonPosition(self.file, self.text, self.path + path)

    @property
    def line(self) -> int:
        """The line, from 1, in which the value begins; where it is missing, the one around it."""
        start = _skip_space(self.text, 0)
        for step in self.path:
            inner = _start_of(self.text, start, step)
            if inner is None:
                break
            start = inner
        return self.text.count("\n", 0, start) + 1

    def __str__(self) -> str:
        name = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return f"{self.file}:{self.line}: {name.removeprefix('.')}"


class _Doubled(dict[str, Any]):
    """An object in which `key` stands twice."""

    key = ""


def object_of_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For json's object_pairs_hook, so that `doubled_key` finds what stands there twice."""
    whole: dict[str, Any] = {}
    doubled = None
    for key, value in pairs:
        doubled = key if key in whole else doubled
        whole[key] = value
    if doubled is None:
        return whole
    marked = _Doubled(whole)
    marked.key = doubled
    return marked


def doubled_key(place: JsonPosition, value: Any) -> JsonPosition | None:
    """The place of a key that stands twice in the object `value`, if there is one."""
    return place.at(value.key) if isinstance(value, _Doubled) else None


def _start_of(text: str, start: int, step: str | int) -> int | None:
    """Where the member `step` of the value at `start` begins; None where it has no such member."""
    if text[start] not in "{[":
        return None
    found, place, index = None, _skip_space(text, start + 1), -1
    while text[place] not in "}]":
        key: str | int = (index := index + 1)
        if text[start] == "{":
            key, place = _decoder.raw_decode(text, place)
            place = _skip_space(text, _skip_space(text, place) + 1)  # the colon
        if key == step:
            found = place  # of equal keys the last one counts
        place = _skip_space(text, _decoder.raw_decode(text, place)[1])
        if text[place] == ",":
            place = _skip_space(text, place + 1)
    return found


def _skip_space(text: str, place: int) -> int:
    while text[place] in " \t\r\n":
        place += 1
    return place
