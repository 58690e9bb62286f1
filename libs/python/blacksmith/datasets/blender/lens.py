"""Holds what transforms files say of the lens against what is made of it: one pinhole camera.

`camera_angle_x` alone decides. Programs that align photographs write more: focal lengths, the
middle of the picture, distortion, for the file or for each view. Where that says the same as the
angle it is taken; where it says something else, the cameras would be wrong.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from blacksmith.datasets.blender.bad_folder import BadFolder
from blacksmith.datasets.blender.json_position import JsonPosition

_undistorted = ("PINHOLE", "SIMPLE_PINHOLE", "PERSPECTIVE", "OPENCV", "SIMPLE_RADIAL", "RADIAL")
_distortion = ("k1", "k2", "k3", "k4", "k5", "k6", "p1", "p2", "rolling_shutter")
_sizes = ("w", "h")
_measured = ("camera_angle_x", "camera_angle_y", "fl_x", "fl_y", "cx", "cy")
# A thousandth of a picture's width is less than a pixel where it is less than 1000 pixels wide.
_tolerance = 1e-3


@dataclass(frozen=True)
class Lens:
    """An object of a transforms file that may say something of a lens, and its place."""

    place: JsonPosition
    said: Mapping[str, Any]


def check_lenses(lenses: Sequence[Lens], angle: float, shape: tuple[int, int]) -> None:
    """Raises BadFolder for what contradicts a pinhole camera of this horizontal angle (radians).

    `lenses`: that of the file, then those of views, which go before it. `shape`: height and width
    of the images in pixels.
    """
    whole, *views = lenses
    _check(whole, {}, angle, shape)
    for view in views:
        _check(view, whole.said, angle, shape)


def _check(lens: Lens, around: Mapping[str, Any], angle: float, shape: tuple[int, int]) -> None:
    said = {name: value for name, value in lens.said.items() if value is not None}
    model = said.get("camera_model", _undistorted[0])
    if model not in _undistorted or said.get("is_fisheye"):
        name = "is_fisheye" if said.get("is_fisheye") else "camera_model"
        raise _unlike(lens, name, "a pinhole camera is needed")
    for name in _distortion:
        values = said.get(name, 0)
        if any(
            _number(lens, name, each) for each in (values if isinstance(values, list) else [values])
        ):
            raise _unlike(lens, name, "it would be ignored; undistort the images")
    size = {name: _number(lens, name, {**around, **said}.get(name)) for name in _sizes}
    height, width = shape
    wide, high = size["w"] or width, size["h"] or height
    if abs(wide * height - high * width) > max(wide, high):
        name = "w" if "w" in said else "h"
        if name in said:
            raise _unlike(lens, name, f"the images are {width}x{height} pixels")
    focal = 0.5 * wide / math.tan(0.5 * angle)
    expected = {
        "camera_angle_x": angle,
        "camera_angle_y": 2 * math.atan(0.5 * high / focal),
        "fl_x": focal,
        "fl_y": focal,
        "cx": 0.5 * wide,
        "cy": 0.5 * high,
    }
    for name in _measured:
        value = _number(lens, name, said.get(name, expected[name]))
        scale = wide if name in ("cx", "cy") else expected[name]
        if value is not None and abs(value - expected[name]) > _tolerance * scale:
            raise _unlike(lens, name, f"camera_angle_x makes it {expected[name]:.6g}")


def _number(lens: Lens, name: str, value: Any) -> float | None:
    if value is None:
        return None
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    if not plain or not math.isfinite(value):
        raise _unlike(lens, name, "it must be a number")
    return float(value)


def _unlike(lens: Lens, name: str, why: str) -> BadFolder:
    return BadFolder(
        f"{lens.place.at(name)} is {json.dumps(lens.said.get(name))}, but {why}; all views of a "
        "scene are taken for those of one pinhole camera of camera_angle_x: mend the field, or "
        "take it out where it does not hold for these images"
    )
