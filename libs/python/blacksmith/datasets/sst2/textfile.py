"""Reads sentences with labels from a TSV or JSONL file, and says in which lines they are wrong.

TSV: a label, a tab and a text in each line; a first line with the names `label` and `text` (or
`sentence`) may give the columns another order. Quotation marks mean nothing. JSONL: an object with
`label` and `text` (or `sentence`) in each line. UTF-8; empty lines are passed over. What only comes
of joining or exporting files, another header or byte order mark for instance, is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from blacksmith.datasets.sst2.labelled import BadData, Sentence
from blacksmith.datasets.sst2.spelling import plain

suffixes = (".tsv", ".jsonl")

_text_names = ("text", "sentence")
_most_shown = 5

# What takes a line's label and text out of it; raises ValueError with what is wrong.
_LineReader = Callable[[str], tuple[str, str]]


def read_sentences(file: Path, names: Mapping[str, str] | None = None) -> list[Sentence]:
    """The sentences of `file`; raises BadData that names the file and its wrong lines.

    `names` gives labels other names, and no other labels may occur then.
    """
    return parse_sentences(read_bytes(file), str(file), file.suffix.lower(), names)


def read_bytes(file: Path) -> bytes:
    """A file's content; raises BadData where there is none to read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadData(f"{file} cannot be read: {error.strerror}") from None


def parse_sentences(
    content: bytes, name: str, suffix: str, names: Mapping[str, str] | None = None
) -> list[Sentence]:
    """Like `read_sentences`, of a content that is in memory already."""
    # \n alone ends a line: splitlines would also split at characters inside a sentence.
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    read: _LineReader = _read_json
    first = 0
    if suffix == ".tsv":
        header = _columns(lines[0].decode("utf-8", "replace"))
        first = 0 if header is None else 1
        read = _tsv_reader(*(header or (0, 1)))
    sentences: list[Sentence] = []
    faults: list[str] = []
    for number, raw in enumerate(lines[first:], start=first + 1):
        origin = f"{name}:{number}"
        try:
            line = raw.decode("utf-8").rstrip("\r")
            if line.strip():
                _check_joints(line, suffix)
                label, text = read(line)
                sentences.append(Sentence(text, _named(label, names), origin=origin))
        except UnicodeDecodeError:
            faults.append(f"{origin}: is not UTF-8")
        except ValueError as fault:
            faults.append(f"{origin}: {fault}")
    if faults:
        shown = "\n".join(faults[:_most_shown])
        more = len(faults) - _most_shown
        raise BadData(shown + (f"\nand {more} more lines" if more > 0 else ""))
    if not sentences:
        raise BadData(f"{name} holds no sentences")
    return sentences


def _check_joints(line: str, suffix: str) -> None:
    """Refuses what is inside a file where others were joined to it, or saved otherwise."""
    if line.startswith("\ufeff"):
        raise ValueError("begins with a byte order mark: another file was joined here; remove it")
    if "\0" in line:
        raise ValueError("holds a NUL character: save the file as UTF-8")
    if "\r" in line:
        raise ValueError("holds a carriage return: save the file with line ends LF or CRLF")
    if suffix == ".tsv" and _columns(line):
        raise ValueError("is a second header: another file was joined here; remove the line")


def _named(label: str, names: Mapping[str, str] | None) -> str:
    if names is None:
        return label
    if label not in names:
        raise ValueError(f"the label {label} is not one of {', '.join(names)}")
    return names[label]


def _columns(line: str) -> tuple[int, int] | None:
    """Places of label and text where the line is a header, else None."""
    cells = [cell.strip().lower() for cell in line.split("\t")]
    texts = [cells.index(name) for name in _text_names if name in cells]
    return (cells.index("label"), texts[0]) if "label" in cells and texts else None


def _tsv_reader(label_column: int, text_column: int) -> _LineReader:
    def read(line: str) -> tuple[str, str]:
        cells = line.split("\t")
        if len(cells) != 2:
            raise ValueError(f"has {len(cells)} columns; a label, a tab and a text are needed")
        return _checked(cells[label_column], cells[text_column])

    return read


def _read_json(line: str) -> tuple[str, str]:
    try:
        entry = json.loads(line, object_pairs_hook=_once_each)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"is not JSON ({error})") from None
    if not isinstance(entry, dict):
        raise ValueError("is not a JSON object with label and text")
    text_name = next((name for name in _text_names if name in entry), "text")
    for name in ("label", text_name):
        if name not in entry:
            raise ValueError(f"has no {name}")
    label, text = entry["label"], entry[text_name]
    if isinstance(label, int) and not isinstance(label, bool):
        label = str(label)
    if not isinstance(label, str) or not isinstance(text, str):
        raise ValueError(f"label and {text_name} must be strings")
    return _checked(label, text)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    for key, value in pairs:
        if key in entry:
            raise ValueError(f"has {json.dumps(key)} twice")
        entry[key] = value
    return entry


def _checked(label: str, text: str) -> tuple[str, str]:
    label, text = label.strip(), text.strip()
    for name, value in (("label", label), ("text", text)):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError(f"the {name} holds half a character (a lone surrogate)") from None
        if "\0" in value:
            raise ValueError(f"the {name} holds a NUL character")
        if not plain(value):
            raise ValueError(f"the {name} is empty")
    if label[0] == label[-1] == '"':
        raise ValueError(f"the label {label} is in quotation marks, which mean nothing here")
    return label, text
