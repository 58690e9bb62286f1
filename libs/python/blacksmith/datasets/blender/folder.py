"""Checks and prepares a folder in the Blender format: transforms_{train,val,test}.json, RGBA PNGs.

One picture is in memory at a time. Each fault is a `BadFolder` that names the file, and the line
where it has lines.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from blacksmith.datasets.blender.bad_folder import BadFolder
from blacksmith.datasets.blender.lens import check_lenses
from blacksmith.datasets.blender.pictures import read_image, shrink
from blacksmith.datasets.blender.prepared import SceneWriter, load_scene
from blacksmith.datasets.blender.transforms import Transforms, read_transforms
from blacksmith.datasets.blender.views import Scene, splits

HOLD_OUT = 10  # without a val file, every tenth training view is held out


def prepare_folder(
    root: Path,
    size: int | None,
    output: Path,
    progress: Callable[[int, int], None],
    warn: Callable[[str], None],
) -> Scene:
    """Writes the scene of a Blender-format folder into `output`; the same one gives the same bytes.

    `size` shrinks the images to that many pixels a side (an exact divisor of their own size; None
    keeps them); `progress(done, of)` counts images. Returns what it has written, memory-mapped.
    Raises BadFolder.
    """
    if not root.is_dir():
        raise BadFolder(f"{root}: no such folder; give the folder that holds transforms_train.json")
    files: dict[str, Transforms] = {}
    for split in splits:
        file = root / f"transforms_{split}.json"
        if split == "val" and not file.exists():
            warn(f"{file} is missing: every {HOLD_OUT}th training view becomes a validation view")
            continue
        files[split] = read_transforms(file)
    frames = {split: content.frames for split, content in files.items()}
    if "val" not in frames:
        frames["val"] = frames["train"][::HOLD_OUT]
        frames["train"] = [f for i, f in enumerate(frames["train"]) if i % HOLD_OUT]
        if not frames["train"]:
            raise BadFolder(
                f"{root / 'transforms_train.json'}: its only view is held out for validation, and "
                "none is left to train with; add views, or a transforms_val.json"
            )
    angle = files["train"].angle
    for content in files.values():
        if not math.isclose(content.angle, angle, rel_tol=1e-4):
            place = content.lenses[0].place.at("camera_angle_x")
            raise BadFolder(
                f"{place} is {content.angle:.6g}, but {angle:.6g} in transforms_train.json; all "
                "splits must share one camera"
            )
    total, done = sum(map(len, frames.values())), 0
    shape: tuple[int, int] | None = None
    writer: SceneWriter | None = None
    seen: dict[str, list[Seen]] = {split: [] for split in splits}
    for split in splits:
        for frame in frames[split]:
            image = read_image(frame.image)
            if shape is None:
                shape = image.shape[:2]
                for content in files.values():
                    check_lenses(content.lenses, angle, shape)
            if image.shape[:2] != shape:
                raise BadFolder(
                    f"{frame.image}: {image.shape[1]}x{image.shape[0]} pixels, but the first image "
                    f"has {shape[1]}x{shape[0]}; all images of a scene must have one size"
                )
            image = shrink(image, size, frame.image)
            if writer is None:
                focal = 0.5 * image.shape[1] / math.tan(0.5 * angle)
                poses = {name: [each.pose for each in frames[name]] for name in splits}
                writer = SceneWriter(output, image.shape[:2], poses, focal)
            writer.write(split, image)
            seen[split].append(Seen(frame.image, _digest(image), bool(image[..., 3].any())))
            done += 1
            progress(done, total)
    assert writer is not None, "a file of transforms has frames"
    writer.close()
    warn_of_seen_pictures(seen, warn)
    return load_scene(output)


class Seen(NamedTuple):
    """What is remembered of a picture that was written."""

    path: Path
    digest: bytes
    shows_matter: bool


def warn_of_seen_pictures(seen: Mapping[str, list[Seen]], warn: Callable[[str], None]) -> None:
    """Warns where validation or test judge by a picture that training sees.

    Pictures of nothing are alike wherever they were taken from, and give nothing away.
    """
    trained = {each.digest: each.path for each in seen["train"] if each.shows_matter}
    for split in ("val", "test"):
        pairs = [(e.path, trained[e.digest]) for e in seen[split] if e.digest in trained]
        if pairs:
            warn(
                f"{len(pairs)} of {len(seen[split])} {split} views show the picture of a train "
                f"view ({pairs[0][0]} that of {pairs[0][1]}): the {split} figures will be better "
                "than the field is; take them out of one of the two"
            )


def _digest(image: NDArray[np.uint8]) -> bytes:
    return hashlib.blake2b(image.tobytes()).digest()
