"""Reads a transforms file of the Blender format: the camera, and where each view was taken from."""

from __future__ import annotations

import json
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blacksmith.datasets.blender.bad_folder import BadFolder
from blacksmith.datasets.blender.json_position import JsonPosition, doubled_key, object_of_pairs
from blacksmith.datasets.blender.lens import Lens


@dataclass(frozen=True)
class Frame:
    """One entry of a transforms file: where the image is and its pose (4, 4)."""

    image: Path
    pose: NDArray[np.float64]


@dataclass(frozen=True)
class Transforms:
    """A transforms file: the camera angle (radians), the views, and all that is said of lenses."""

    angle: float
    frames: list[Frame]
    # Of the file as a whole, then of each view.
    lenses: list[Lens]


def read_transforms(file: Path) -> Transforms:
    """Reads and checks one transforms file, and finds its images."""
    try:
        text = file.read_text("utf-8-sig")
        content: Any = json.loads(text, object_pairs_hook=object_of_pairs)
    except FileNotFoundError:
        raise BadFolder(
            f"{file}: no such file; a scene needs transforms_train.json and _test.json"
        ) from None
    except json.JSONDecodeError as error:
        raise BadFolder(f"{file}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise BadFolder(f"{file}: not UTF-8 text (byte {error.start})") from None
    except (ValueError, RecursionError) as error:
        raise BadFolder(f"{file}: cannot be read as JSON: {error}") from None
    if not isinstance(content, dict):
        raise BadFolder(f'{file}: must be an object with "camera_angle_x" and "frames"')
    place = JsonPosition(file, text)
    refuse_doubled(place, content)
    angle = content.get("camera_angle_x")
    if isinstance(angle, bool) or not isinstance(angle, int | float) or not 0 < angle < math.pi:
        raise BadFolder(
            f"{place.at('camera_angle_x')} is {json.dumps(angle)}; it is the horizontal field of "
            "view in radians, between 0 and 3.14"
        )
    frames = content.get("frames")
    if not isinstance(frames, list) or not frames:
        raise BadFolder(
            f"{place.at('frames')} is empty or missing; each split needs at least one view"
        )
    places = [place.at("frames", i) for i in range(len(frames))]
    return Transforms(
        float(angle),
        [read_frame(place, frame) for place, frame in zip(places, frames, strict=True)],
        [Lens(place, content), *map(Lens, places, frames)],
    )


def read_frame(place: JsonPosition, frame: Any) -> Frame:
    """One entry of "frames", its image found and its matrix checked."""
    refuse_doubled(place, frame)
    name = frame.get("file_path") if isinstance(frame, dict) else None
    if not isinstance(name, str):
        raise BadFolder(f'{place}: needs "file_path" and "transform_matrix"')
    image = find_image(place.at("file_path"), name)
    matrix = place.at("transform_matrix")
    pose = _numbers(frame.get("transform_matrix"))
    if pose.shape != (4, 4) or not np.isfinite(pose).all():
        raise BadFolder(f"{matrix}: must be 4 rows of 4 finite numbers")
    turn = pose[:3, :3]
    straight = np.allclose(turn @ turn.T, np.eye(3), atol=1e-3) and np.linalg.det(turn) > 0
    if not straight or not np.allclose(pose[3], (0, 0, 0, 1), atol=1e-6):
        raise BadFolder(
            f"{matrix}: must be a rotation and a translation, camera to world, with the last row "
            "0 0 0 1 (no scale, no mirror)"
        )
    return Frame(image, pose)


def refuse_doubled(place: JsonPosition, value: Any) -> None:
    """Raises BadFolder where an object has a key twice: programs read one or the other."""
    doubled = doubled_key(place, value)
    if doubled is not None:
        raise BadFolder(f"{doubled} stands there twice; keep one of the two")


def find_image(place: JsonPosition, name: str) -> Path:
    """The image that "file_path" names, in the folder of its transforms file or below it."""
    root = place.file.parent
    # A backslash is what Windows separates folders by.
    for spelling in dict.fromkeys((name, name.replace("\\", "/"))):
        # Blender's export leaves the ending out.
        for image in (root / spelling, Path(f"{root / spelling}.png")):
            if not _is_file(image):
                continue
            if Path(os.path.normpath(image)).is_relative_to(os.path.normpath(root)):
                return image
            raise BadFolder(
                f"{place}: {image} lies outside {root}, whose content alone is looked at; move it "
                "there, and write a path relative to the transforms file"
            )
    if re.match(r"[A-Za-z]:[\\/]|\\\\", name):
        raise BadFolder(
            f"{place}: {name} is a path of another machine; write a path relative to the "
            "transforms file, such as train/r_0.png"
        )
    raise BadFolder(f"{place}: no image at {root / name}.png")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long, or holds a NUL
        return False


def _numbers(rows: Any) -> NDArray[np.float64]:
    """JSON's numbers as an array; empty where it holds anything else."""
    try:
        numbers = np.array(rows, dtype=object)
        plain = all(type(each) in (int, float) for each in numbers.flat)
        return numbers.astype(np.float64) if plain else np.empty(0)
    except (TypeError, ValueError, OverflowError):
        return np.empty(0)
