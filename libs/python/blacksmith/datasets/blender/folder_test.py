"""A person's own folder in the Blender format, right and wrong."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("PIL")

from PIL import Image

from blacksmith.datasets.blender.bad_folder import BadFolder
from blacksmith.datasets.blender.folder import prepare_folder
from blacksmith.datasets.blender.pictures import shrink
from blacksmith.datasets.blender.transforms import read_transforms
from blacksmith.datasets.blender.views import Scene


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two views a split, 8×8 pixels."""
    for split in ("train", "val", "test"):
        frames = []
        for view in range(2):
            (tmp_path / split).mkdir(exist_ok=True)
            pixels = np.full((8, 8, 4), 40 * view + 10, np.uint8)
            Image.fromarray(pixels).save(tmp_path / split / f"r_{view}.png")
            pose = np.eye(4)
            pose[2, 3] = 4 + view
            frames.append({"file_path": f"./{split}/r_{view}", "transform_matrix": pose.tolist()})
        content = {"camera_angle_x": 0.8, "frames": frames}
        (tmp_path / f"transforms_{split}.json").write_text(json.dumps(content, indent=1))
    return tmp_path


def read(root: Path, size: int | None = None) -> Scene:
    return prepare_folder(root, size, root, lambda done, of: None, lambda text: None)


def edit(root: Path, change: Callable[[Any], None], split: str = "test") -> Path:
    file = root / f"transforms_{split}.json"
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content, indent=1))
    return file


def test_a_good_folder_gives_images_poses_and_the_focal_length(root: Path) -> None:
    scene = read(root)
    assert scene.train.images.shape == (2, 8, 8, 4)
    assert scene.test.images[1, 0, 0].tolist() == [50] * 4
    assert scene.val.poses[:, 2, 3].tolist() == [4, 5]
    assert scene.focal == pytest.approx(4 / math.tan(0.4))


def test_names_with_their_ending_are_found_too(root: Path) -> None:
    edit(root, lambda c: c["frames"][0].update(file_path="test/r_0.png"))
    assert len(read(root).test) == 2


def test_names_with_the_backslashes_of_windows_are_found_too(root: Path) -> None:
    edit(root, lambda c: c["frames"][0].update(file_path=".\\test\\r_0.png"))
    edit(root, lambda c: c["frames"][1].update(file_path="test\\r_1"))
    assert read(root).test.images[1, 0, 0].tolist() == [50] * 4


@pytest.mark.parametrize("name", ["C:\\scene\\test\\r_0.png", "D:/test/r_0", "\\\\disk\\r_0.png"])
def test_a_path_of_another_machine_is_named_as_such(root: Path, name: str) -> None:
    edit(root, lambda c: c["frames"][0].update(file_path=name))
    with pytest.raises(BadFolder, match=r"frames\[0\]\.file_path: .* path of another machine"):
        read(root)


def test_an_image_outside_the_folder_is_refused(root: Path, tmp_path: Path) -> None:
    inner = root / "inner"
    inner.mkdir()
    for split in ("train", "val", "test"):
        shutil.move(root / f"transforms_{split}.json", inner)
    edit(inner, lambda c: c["frames"][0].update(file_path="../test/r_0.png"))
    with pytest.raises(BadFolder, match=r"frames\[0\]\.file_path: .* lies outside .*inner"):
        read_transforms(inner / "transforms_test.json")


@pytest.mark.parametrize("name", ["x" * 5000, "r\0", ""])
def test_a_name_that_no_file_can_have_is_named(root: Path, name: str) -> None:
    edit(root, lambda c: c["frames"][0].update(file_path=name))
    with pytest.raises(BadFolder, match=r"frames\[0\]\.file_path: no image at"):
        read(root)


def test_a_key_that_stands_twice_is_refused_with_the_line_of_the_second(root: Path) -> None:
    file = root / "transforms_test.json"
    text = file.read_text()
    file.write_text(
        text.replace('"camera_angle_x": 0.8,', '"camera_angle_x": 0.8,\n "frames": [],')
    )
    with pytest.raises(BadFolder, match=r"test\.json:4: frames stands there twice"):
        read(root)
    file.write_text(
        text.replace('"file_path": "./test/r_1",', '"file_path": "a",\n "file_path": "b",')
    )
    with pytest.raises(
        BadFolder, match=r"test\.json:35: frames\[1\]\.file_path stands there twice"
    ):
        read(root)


def test_what_contradicts_the_angle_is_refused_with_its_line(root: Path) -> None:
    edit(root, lambda c: c.update(fl_x=4 / math.tan(0.4), fl_y=9.5, w=8, h=8), "val")
    with pytest.raises(
        BadFolder, match=r"val\.json:\d+: fl_y is 9\.5, but camera_angle_x makes it"
    ):
        read(root)
    edit(root, lambda c: c.pop("fl_y"), "val")
    edit(root, lambda c: c["frames"][1].update(camera_angle_x=0.5))
    with pytest.raises(BadFolder, match=r"test\.json:\d+: frames\[1\]\.camera_angle_x is 0\.5"):
        read(root)


def test_a_missing_image_is_named_by_its_path(root: Path) -> None:
    (root / "test" / "r_1.png").unlink()
    with pytest.raises(
        BadFolder, match=r":34: frames\[1\]\.file_path: no image at .*test/r_1\.png"
    ):
        read(root)


def test_json_that_cannot_be_read_is_named_with_its_position(root: Path) -> None:
    (root / "transforms_train.json").write_text('{\n "camera_angle_x": 0.8,\n "frames" [\n')
    with pytest.raises(BadFolder, match=r"transforms_train\.json:3:11: not JSON"):
        read(root)


@pytest.mark.parametrize("angle", [None, 0, -0.7, 3.2, 45, "0.8", True, float("nan")])
def test_a_camera_angle_that_is_none_is_refused(root: Path, angle: Any) -> None:
    edit(root, lambda c: c.update(camera_angle_x=angle))
    with pytest.raises(BadFolder, match=r"json:2: camera_angle_x is .* radians"):
        read(root)


def test_splits_of_different_cameras_are_refused(root: Path) -> None:
    edit(root, lambda c: c.update(camera_angle_x=0.9))
    with pytest.raises(BadFolder, match=r"transforms_test.json:2: camera_angle_x is 0.9, but 0.8"):
        read(root)


def test_images_of_different_sizes_are_refused(root: Path) -> None:
    Image.new("RGBA", (9, 8)).save(root / "val" / "r_0.png")
    with pytest.raises(BadFolder, match=r"val/r_0.png: 9x8 pixels, but the first image has 8x8"):
        read(root)


def test_an_image_without_alpha_is_refused(root: Path) -> None:
    for mode in ("RGB", "P", "LA", "I;16"):
        Image.new(mode, (8, 8)).save(root / "train" / "r_0.png")
        with pytest.raises(BadFolder, match=rf"train/r_0.png: its pixels are {mode}, not RGBA"):
            read(root)


def test_an_image_of_more_pixels_than_can_be_held_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(BadFolder, match=r"train/r_0.png: not a readable image \(Image size"):
        read(root)


def test_a_file_that_is_no_image_is_refused(root: Path) -> None:
    (root / "train" / "r_0.png").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(BadFolder, match=r"train/r_0.png: not a readable image"):
        read(root)


def test_half_an_image_is_refused(root: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (8, 8, 4), np.uint8)
    Image.fromarray(noise).save(root / "train" / "r_0.png")
    whole = (root / "train" / "r_0.png").read_bytes()
    (root / "train" / "r_0.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadFolder, match=r"train/r_0.png: not a readable image"):
        read(root)


def test_an_empty_split_is_refused(root: Path) -> None:
    edit(root, lambda c: c["frames"].clear())
    with pytest.raises(BadFolder, match=r"transforms_test.json:3: frames is empty"):
        read(root)


@pytest.mark.parametrize(
    "matrix",
    [
        [[1, 2], [3, 4]],
        "unit",
        (2 * np.eye(4)).tolist(),
        np.diag([1.0, 1.0, -1.0, 1.0]).tolist(),
        [[1, 0, 0, float("inf")], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
        [[1, 0, 0, 10**400], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
        [[1, 0, 0, float("nan")], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
        [[1, 0, 0, "4"], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
        [[1, 0, 0, True], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
        None,
    ],
)
def test_a_matrix_that_is_no_pose_is_refused(root: Path, matrix: Any) -> None:
    edit(root, lambda c: c["frames"][1].update(transform_matrix=matrix))
    with pytest.raises(BadFolder, match=r"json:\d+: frames\[1\]\.transform_matrix: must be"):
        read(root)


def test_a_missing_folder_and_a_missing_file_are_named(root: Path) -> None:
    with pytest.raises(BadFolder, match="nowhere: no such folder"):
        read(root / "nowhere")
    (root / "transforms_test.json").unlink()
    with pytest.raises(BadFolder, match=r"transforms_test.json: no such file"):
        read(root)


def test_without_a_validation_file_every_tenth_training_view_is_held_out(root: Path) -> None:
    (root / "transforms_val.json").unlink()
    shutil.rmtree(root / "val")
    edit(root, lambda c: c.update(frames=[c["frames"][i % 2] for i in range(20)]), "train")
    said: list[str] = []
    scene = prepare_folder(root, None, root, lambda done, of: None, said.append)
    assert (len(scene.train), len(scene.val)) == (18, 2)
    assert "transforms_val.json is missing" in said[0]


def test_test_and_validation_pictures_that_training_sees_are_reported(root: Path) -> None:
    for split, first in {"val": 90, "test": 170}.items():
        for view in range(2):
            pixels = np.full((8, 8, 4), first + 40 * view, np.uint8)
            Image.fromarray(pixels).save(root / split / f"r_{view}.png")
    said: list[str] = []
    prepare_folder(root, None, root, lambda done, of: None, said.append)
    assert said == []
    shutil.copy(root / "train" / "r_0.png", root / "test" / "r_1.png")
    prepare_folder(root, None, root, lambda done, of: None, said.append)
    assert len(said) == 1
    assert said[0].startswith("1 of 2 test views show the picture of a train view")
    assert "test/r_1.png that of " in said[0]


def test_views_of_nothing_are_not_taken_for_alike(root: Path) -> None:
    for split in ("train", "test"):
        Image.new("RGBA", (8, 8)).save(root / split / "r_0.png")
    said: list[str] = []
    prepare_folder(root, None, root, lambda done, of: None, said.append)
    assert not any("r_0.png" in line and "test" in line for line in said)


def test_without_a_validation_file_one_training_view_is_too_few(root: Path) -> None:
    (root / "transforms_val.json").unlink()
    edit(root, lambda c: c["frames"].pop(), "train")
    with pytest.raises(BadFolder, match="its only view is held out"):
        read(root)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"camera_angle_x": ' + "1" * 5000 + "}"])
def test_json_beyond_what_python_reads_is_refused(root: Path, text: str) -> None:
    (root / "transforms_train.json").write_text(text)
    with pytest.raises(BadFolder, match=r"transforms_train.json: cannot be read as JSON"):
        read(root)


def test_a_folder_given_for_an_image_is_named(root: Path) -> None:
    edit(root, lambda c: c["frames"][0].update(file_path="/"))
    with pytest.raises(BadFolder, match=r"frames\[0\]\.file_path: no image at"):
        read(root)


def test_shrinking_averages_colours_by_their_alpha() -> None:
    image = np.zeros((2, 2, 4), np.uint8)
    image[0, 0] = (200, 100, 0, 255)
    image[0, 1] = (0, 100, 50, 85)
    small = shrink(image, 1, Path("x.png"))
    assert small[0, 0].tolist() == [150, 100, 13, 85]
    with pytest.raises(BadFolder, match="divisor"):
        shrink(np.zeros((9, 9, 4), np.uint8), 4, Path("x.png"))
