"""Read a folder in the Blender format and check it: transforms_{train,val,test}.json and RGBA PNGs.

Each fault is a `BadFolder` that names the file, and the line where it has lines.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from blacksmith.datasets.blender.json_place import JsonPlace
from blacksmith.datasets.blender.views import Scene, Views, splits

HOLD_OUT = 10  # without a val file, every tenth training view is held out


class BadFolder(ValueError):
    """A folder that is not what the Blender format asks for; the message names the file."""


def read_folder(
    root: Path,
    size: int | None,
    progress: Callable[[int, int], None],
    warn: Callable[[str], None],
) -> Scene:
    """Read and check a Blender-format folder.

    `size` shrinks the images to that many pixels a side (an exact divisor of their own size; None
    keeps them); `progress(done, of)` counts images. Raises BadFolder.
    """
    if not root.is_dir():
        raise BadFolder(
            f"{root}: no such folder. Give the folder that holds transforms_train.json."
        )
    frames: dict[str, list[Frame]] = {}
    angles: dict[str, float] = {}
    for split in splits:
        file = root / f"transforms_{split}.json"
        if split == "val" and not file.exists():
            warn(f"{file} is missing: every {HOLD_OUT}th training view becomes a validation view.")
            continue
        angles[split], frames[split] = read_transforms(file)
    if "val" not in frames:
        frames["val"] = frames["train"][::HOLD_OUT]
        frames["train"] = [f for i, f in enumerate(frames["train"]) if i % HOLD_OUT]
        if not frames["train"]:
            raise BadFolder(
                f"{root / 'transforms_train.json'}: its only view is held out for validation, and "
                "none is left to train with. Add views, or a transforms_val.json."
            )
    for split, angle in angles.items():
        if not math.isclose(angle, angles["train"], rel_tol=1e-4):
            file = root / f"transforms_{split}.json"
            place = JsonPlace(file, file.read_text("utf-8-sig")).at("camera_angle_x")
            raise BadFolder(
                f"{place} is {angle:.6g}, but {angles['train']:.6g} in transforms_train.json. All "
                "splits must share one camera."
            )
    total, done = sum(map(len, frames.values())), 0
    shape: tuple[int, int] | None = None
    views: dict[str, Views] = {}
    for split in splits:
        images = []
        for frame in frames[split]:
            image = read_image(frame.image)
            shape = shape or image.shape[:2]
            if image.shape[:2] != shape:
                raise BadFolder(
                    f"{frame.image}: {image.shape[1]}x{image.shape[0]} pixels, but the first image "
                    f"has {shape[1]}x{shape[0]}. All images of a scene must have one size."
                )
            images.append(shrink(image, size, frame.image))
            done += 1
            progress(done, total)
        poses = np.stack([frame.pose for frame in frames[split]]).astype(np.float32)
        views[split] = Views(np.stack(images), poses)
    warn_of_seen_pictures(views, frames, warn)
    width = views["train"].images.shape[2]
    focal = 0.5 * width / math.tan(0.5 * angles["train"])
    return Scene(views["train"], views["val"], views["test"], focal)


def warn_of_seen_pictures(
    views: Mapping[str, Views], frames: Mapping[str, list[Frame]], warn: Callable[[str], None]
) -> None:
    """Warns where validation or test judge by a picture that training sees.

    Pictures of nothing are alike wherever they were taken from, and give nothing away.
    """
    trained = {
        _digest(image): frame.image
        for image, frame in zip(views["train"].images, frames["train"], strict=True)
        if image[..., 3].any()
    }
    for split in ("val", "test"):
        pairs = zip(views[split].images, frames[split], strict=True)
        seen = [(f.image, trained[key]) for i, f in pairs if (key := _digest(i)) in trained]
        if seen:
            warn(
                f"{len(seen)} of {len(frames[split])} {split} views show the picture of a train "
                f"view ({seen[0][0]} that of {seen[0][1]}): the {split} figures will be better "
                "than the field is. Take them out of one of the two."
            )


@dataclass(frozen=True)
class Frame:
    """One entry of a transforms file: where the image is and its pose (4, 4)."""

    image: Path
    pose: NDArray[np.float64]


def read_transforms(file: Path) -> tuple[float, list[Frame]]:
    """The camera angle (radians) and the frames of one transforms file."""
    try:
        text = file.read_text("utf-8-sig")
        content: Any = json.loads(text)
    except FileNotFoundError:
        raise BadFolder(
            f"{file}: no such file. A scene needs transforms_train.json and _test.json."
        ) from None
    except json.JSONDecodeError as error:
        raise BadFolder(f"{file}:{error.lineno}:{error.colno}: not JSON: {error.msg}.") from None
    except UnicodeDecodeError as error:
        raise BadFolder(f"{file}: not UTF-8 text (byte {error.start}).") from None
    except (ValueError, RecursionError) as error:
        raise BadFolder(f"{file}: cannot be read as JSON: {error}.") from None
    if not isinstance(content, dict):
        raise BadFolder(f'{file}: must be an object with "camera_angle_x" and "frames".')
    place = JsonPlace(file, text)
    angle = content.get("camera_angle_x")
    if isinstance(angle, bool) or not isinstance(angle, int | float) or not 0 < angle < math.pi:
        raise BadFolder(
            f"{place.at('camera_angle_x')} is {json.dumps(angle)}; it is the horizontal field of "
            "view in radians, between 0 and 3.14."
        )
    frames = content.get("frames")
    if not isinstance(frames, list) or not frames:
        raise BadFolder(
            f"{place.at('frames')} is empty or missing. Each split needs at least one view."
        )
    return float(angle), [
        read_frame(place.at("frames", i), frame) for i, frame in enumerate(frames)
    ]


def read_frame(place: JsonPlace, frame: Any) -> Frame:
    """One entry of "frames", its image found and its matrix checked."""
    name = frame.get("file_path") if isinstance(frame, dict) else None
    if not isinstance(name, str):
        raise BadFolder(f'{place}: needs "file_path" and "transform_matrix".')
    image = place.file.parent / name
    if not image.is_file():
        image = Path(f"{image}.png")  # Blender's export leaves the ending out
    if not image.is_file():
        raise BadFolder(f"{place.at('file_path')}: no image at {image}.")
    matrix = place.at("transform_matrix")
    pose = _numbers(frame.get("transform_matrix"))
    if pose.shape != (4, 4) or not np.isfinite(pose).all():
        raise BadFolder(f"{matrix}: must be 4 rows of 4 finite numbers.")
    turn = pose[:3, :3]
    straight = np.allclose(turn @ turn.T, np.eye(3), atol=1e-3) and np.linalg.det(turn) > 0
    if not straight or not np.allclose(pose[3], (0, 0, 0, 1), atol=1e-6):
        raise BadFolder(
            f"{matrix}: must be a rotation and a translation, camera to world, with the last row "
            "0 0 0 1 (no scale, no mirror)."
        )
    return Frame(image, pose)


def _numbers(rows: Any) -> NDArray[np.float64]:
    """JSON's numbers as an array; empty where it holds anything else."""
    try:
        numbers = np.array(rows, dtype=object)
        plain = all(type(each) in (int, float) for each in numbers.flat)
        return numbers.astype(np.float64) if plain else np.empty(0)
    except (TypeError, ValueError, OverflowError):
        return np.empty(0)


def _digest(image: NDArray[np.uint8]) -> bytes:
    return hashlib.blake2b(image.tobytes()).digest()


def read_image(path: Path) -> NDArray[np.uint8]:
    """An RGBA image (H, W, 4)."""
    try:
        with Image.open(path) as image:
            if image.mode != "RGBA":
                raise BadFolder(
                    f"{path}: mode {image.mode} has no alpha channel. Carving and the white "
                    "background need RGBA images: render with a transparent film."
                )
            return np.asarray(image)
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise BadFolder(f"{path}: not a readable image ({error}).") from None


def shrink(image: NDArray[np.uint8], size: int | None, path: Path) -> NDArray[np.uint8]:
    """Average (H, W, 4) over blocks to `size` pixels a side, colours weighted by their alpha."""
    height, width = image.shape[:2]
    if size is None or (height, width) == (size, size):
        return image
    if height != width or width % size:
        raise BadFolder(
            f"{path}: {width}x{height} pixels cannot be averaged to {size}x{size}. "
            "Set dataset.size to a divisor of the images' size, or to null to keep it."
        )
    block = width // size
    blocks = image.reshape(size, block, size, block, 4).astype(np.uint32)
    alpha = blocks[..., 3:]
    weight = alpha.sum((1, 3))
    colour = ((blocks[..., :3] * alpha).sum((1, 3)) + weight // 2) // np.maximum(weight, 1)
    opacity = (weight + block * block // 2) // (block * block)
    return np.concatenate([colour, opacity], axis=-1).astype(np.uint8)
