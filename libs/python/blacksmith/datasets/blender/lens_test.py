"""What transforms files say of lenses, beside the angle."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from blacksmith.datasets.blender.bad_folder import BadFolder
from blacksmith.datasets.blender.json_position import JsonPosition
from blacksmith.datasets.blender.lens import Lens, check_lenses

angle = 0.8
focal = 200 / math.tan(0.4)  # of a picture 400 pixels wide


def check(
    whole: dict[str, Any], *views: dict[str, Any], shape: tuple[int, int] = (300, 400)
) -> None:
    content = {**whole, "frames": list(views)}
    place = JsonPosition(Path("t.json"), json.dumps(content, indent=1))
    frames = (Lens(place.at("frames", i), view) for i, view in enumerate(views))
    check_lenses([Lens(place, content), *frames], angle, shape)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"camera_angle_x": angle, "fl_x": focal, "fl_y": focal, "cx": 200, "cy": 150},
        {"camera_angle_y": 2 * math.atan(150 / focal), "k1": 0, "k2": 0.0, "p1": 0, "p2": None},
        {"camera_model": "OPENCV", "k1": 0, "is_fisheye": False, "rolling_shutter": [0, 0, 0]},
        {"w": 800, "h": 600, "fl_x": 2 * focal, "cx": 400, "cy": 300.4},  # shrunk since
    ],
)
def test_what_says_the_same_as_the_angle_is_taken(said: dict[str, Any]) -> None:
    check(said)
    check({}, {}, said)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"fl_x": 1.01 * focal}, "fl_x is .*, but camera_angle_x makes it 473.04"),
        ({"fl_y": 0.9 * focal}, "fl_y is"),
        ({"camera_angle_x": 0.81}, "camera_angle_x is 0.81, but camera_angle_x makes it 0.8"),
        ({"camera_angle_y": 0.8}, "camera_angle_y is"),
        ({"cx": 190}, "cx is 190, but camera_angle_x makes it 200"),
        ({"cy": 160}, "cy is 160"),
        ({"k1": 0.02}, "k1 is 0.02, but it would be ignored"),
        ({"p2": -1e-4}, "p2 is -0.0001"),
        ({"rolling_shutter": [0, 0, 0.1]}, "rolling_shutter is"),
        ({"camera_model": "OPENCV_FISHEYE"}, 'camera_model is "OPENCV_FISHEYE", but a pinhole'),
        ({"is_fisheye": True}, "is_fisheye is true"),
        ({"w": 800, "h": 800}, "w is 800, but the images are 400x300 pixels"),
        ({"h": 400}, "h is 400, but the images"),
        ({"fl_x": "long"}, 'fl_x is "long", but it must be a number'),
        ({"cx": float("nan")}, "cx is NaN, but it must be a number"),
        ({"k1": True}, "k1 is true, but it must be a number"),
    ],
)
def test_what_says_something_else_is_refused_in_file_and_views(
    said: dict[str, Any], fault: str
) -> None:
    with pytest.raises(BadFolder, match=rf"t\.json:2: {fault}"):
        check(said)
    with pytest.raises(BadFolder, match=rf"t\.json:5: frames\[1\]\.{fault}"):
        check({}, {}, said)


def test_a_views_lens_is_measured_in_the_files_pixels() -> None:
    check({"w": 800, "h": 600}, {"fl_x": 2 * focal})
