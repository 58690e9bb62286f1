"""Lines of values in JSON texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from blacksmith.datasets.blender.json_position import JsonPosition

text = """{
  "angle": 0.8, "names": ["a", "]}",
    "b\\"c"],
  "frames": [
    {"file": "x", "size": {"width": 3}},
    {
      "file":
        "y"
    }
  ], "angle":
  7
}
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("angle",), 11),  # given twice, the last one counts
        (("names", 1), 2),
        (("names", 2), 3),
        (("frames", 0, "size", "width"), 5),
        (("frames", 1), 6),
        (("frames", 1, "file"), 8),
        (("frames", 1, "matrix"), 6),  # missing: the frame
        (("frames", 9), 4),
        (("nothing",), 1),
    ],
)
def test_a_value_is_reported_by_the_line_it_begins_in(
    path: tuple[str | int, ...], line: int
) -> None:
    assert JsonPosition(Path("f.json"), text).at(*path).line == line


def test_a_place_reads_as_file_line_and_name() -> None:
    place = JsonPosition(Path("f.json"), text).at("frames", 1).at("file")
    assert str(place) == "f.json:8: frames[1].file"


@pytest.mark.parametrize("empty", ["{}", " [ ]", "3", '"x"'])
def test_what_has_no_members_is_the_place_itself(empty: str) -> None:
    assert JsonPosition(Path("f.json"), empty).at("a", 0).line == 1
