from __future__ import annotations

from pathlib import Path

import pytest

from blacksmith.datasets.sst2.labelled import BadData
from blacksmith.datasets.sst2.textfile import read_sentences


def read(folder: Path, name: str, content: str | bytes) -> list[tuple[str, str]]:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return [(sentence.label, sentence.text) for sentence in read_sentences(file)]


wanted = [("good", "a fine film"), ("bad", "a “dull” film")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tsv", "good\ta fine film\nbad\ta “dull” film\n"),
        ("a.tsv", "good\ta fine film\n\nbad\ta “dull” film"),
        ("a.tsv", "good\ta fine film\r\r\nbad\ta “dull” film\r\r\n"),
        ("a.tsv", "\ufeffgood\ta fine film\r\nbad\ta “dull” film\r\n"),
        ("a.tsv", "label\ttext\ngood\ta fine film\nbad\ta “dull” film\n"),
        ("a.TSV", "Sentence\tLabel\na fine film \tgood\na “dull” film\tbad\n"),
        ("a.jsonl", '{"label":"good","text":"a fine film"}\n'
                    '{"text":"a “dull” film","label":"bad"}'),
        ("a.jsonl", '\ufeff{"label":"good","sentence":"a fine film","id":7}\r\n\n'
                    '{"sentence":"a \\u201cdull\\u201d film","label":"bad"}\n'),
    ],
)  # fmt: skip
def test_the_formats_say_the_same(tmp_path: Path, name: str, content: str) -> None:
    assert read(tmp_path, name, content) == wanted


def test_labels_may_be_numbers_in_json(tmp_path: Path) -> None:
    assert read(tmp_path, "a.jsonl", '{"label": 3, "text": "a"}') == [("3", "a")]


def test_a_line_separator_inside_a_sentence_does_not_end_it(tmp_path: Path) -> None:
    assert read(tmp_path, "a.tsv", "good\ta\u2028b\x0cc\n") == [("good", "a\u2028b\x0cc")]


@pytest.mark.parametrize(
    ("name", "line", "fault"),
    [
        ("a.tsv", "good", "has 1 columns"),
        ("a.tsv", "good\ta\tb", "has 3 columns"),
        ("a.tsv", "\ta film", "the label is empty"),
        ("a.tsv", "good\t ", "the text is empty"),
        ("a.tsv", b"good\t\xff", "is not UTF-8"),
        ("a.tsv", "label\ttext", "is a second header"),
        ("a.tsv", "Sentence\tLabel", "is a second header"),
        ("a.tsv", "\ufefflabel\ttext", "begins with a byte order mark"),
        ("a.tsv", "\ufeffgood\ta", "begins with a byte order mark"),
        ("a.tsv", "good\ta\rbad\tb", "holds a carriage return"),
        ("a.tsv", "g\0o\0o\0d\0\t\0a\0", "holds a NUL character"),
        ("a.tsv", '"good"\ta', 'the label "good" is in quotation marks'),
        ("a.tsv", "\u200b\ta", "the label is empty"),
        ("a.tsv", "good\t\u200b\ufe0f", "the text is empty"),
        ("a.jsonl", "good", "is not JSON"),
        ("a.jsonl", "[1]", "is not a JSON object"),
        ("a.jsonl", '{"text": "a"}', "has no label"),
        ("a.jsonl", '{"label": "a"}', "has no text"),
        ("a.jsonl", '{"label": "a", "text": 1}', "must be strings"),
        ("a.jsonl", '{"label": true, "text": "a"}', "must be strings"),
        ("a.jsonl", '\ufeff{"label": "good", "text": "a"}', "begins with a byte order mark"),
        ("a.jsonl", '{"label": "good", "text": "a", "label": "bad"}', 'has "label" twice'),
        ("a.jsonl", '{"label": "good", "text": "a", "more": {"x": 1, "x": 2}}', 'has "x" twice'),
        ("a.jsonl", '{"label": "good", "text": "a \\ud800"}', "the text holds half a character"),
        ("a.jsonl", '{"label": "\\udc00", "text": "a"}', "the label holds half a character"),
        ("a.jsonl", '{"label": "good", "text": "a\\u0000"}', "the text holds a NUL character"),
        ("a.jsonl", '{"label": 1, "text": "a"}\r{"label": 2, "text": "b"}', "a carriage return"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, name: str, line: str | bytes, fault: str) -> None:
    first = b"good\ta\n" if name == "a.tsv" else b'{"label": "good", "text": "a"}\n'
    raw = line.encode() if isinstance(line, str) else line
    with pytest.raises(BadData) as caught:
        read(tmp_path, name, first + raw + b"\n" + first)
    assert str(caught.value).startswith(f"{tmp_path / name}:2: ")
    assert fault in str(caught.value)


def test_two_files_joined_are_reported_by_the_line_at_which_the_second_begins(
    tmp_path: Path,
) -> None:
    file = "\ufefflabel\ttext\r\ngood\ta\r\n"
    with pytest.raises(BadData, match=r"a\.tsv:3: begins with a byte order mark: another file"):
        read(tmp_path, "a.tsv", file + file)


def test_the_first_faults_are_reported_and_the_rest_counted(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"a\.tsv:5: has 1 columns.*\nand 4 more lines"):
        read(tmp_path, "a.tsv", "x\n" * 9)


def test_an_empty_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"a\.tsv holds no sentences"):
        read(tmp_path, "a.tsv", "label\ttext\n")
    with pytest.raises(BadData, match=r"b\.tsv cannot be read: No such file"):
        read_sentences(tmp_path / "b.tsv")
