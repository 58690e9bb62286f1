from __future__ import annotations

from pathlib import Path

import pytest

from blacksmith.datasets.text.textfile import BadText, python_reference, read_text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"ab\nc\xe9d\n", r"t\.txt:2:2: the byte 0xe9 is not UTF-8"),
        ("ä\n".encode() + b"ab\x00", r"t\.txt:2:3: a NUL byte"),
        ("abc".encode("utf-16"), "is UTF-16"),
        (b" \n", "holds no text"),
    ],
)
def test_what_is_no_text_is_refused_with_its_place(
    tmp_path: Path, content: bytes, message: str
) -> None:
    file = tmp_path / "t.txt"
    file.write_bytes(content)
    with pytest.raises(BadText, match=message):
        read_text(file)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadText, match="is a folder"):
        read_text(tmp_path)


def test_ends_of_lines_and_a_byte_order_mark_make_no_difference(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\n")
    assert read_text(tmp_path / "t.txt") == "one\ntwo\nthree\n"


def test_pythons_reference_is_there_once_and_in_one_order() -> None:
    text = python_reference()
    assert text == python_reference()
    assert len(text) > 300_000
    assert text.count("Assert statements are a convenient way") == 1
