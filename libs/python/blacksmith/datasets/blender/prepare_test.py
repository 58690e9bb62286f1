"""prepare-data as a run."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("PIL")

from PIL import Image

from blacksmith.datasets.blender.cameras import place_cameras
from blacksmith.datasets.blender.evaluation import baselines
from blacksmith.datasets.blender.prepare import prepare
from blacksmith.datasets.blender.prepared import load_scene
from blacksmith.datasets.blender.raymarch import camera_rays, distance, render, trace
from blacksmith.datasets.blender.scene import PARTS
from blacksmith.training.failure import BadInput
from blacksmith.training.trial import Trial, contents, run_trial


def config(**dataset: Any) -> dict[str, Any]:
    views = {"train": 6, "val": 1, "test": 2}
    return {"dataset": {"variant": "smithy", "path": None, "size": 32, "views": views, **dataset}}


def prepared(folder: Path, **dataset: Any) -> Trial:
    return run_trial(prepare, config(**dataset), folder, target="prepare-data")


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our scene, small."""
    return prepared(tmp_path_factory.mktemp("ours")).output


def test_our_scene_has_the_views_asked_for_and_is_the_same_each_time(
    ours: Path, tmp_path: Path
) -> None:
    scene = load_scene(ours)
    assert (len(scene.train), len(scene.val), len(scene.test)) == (6, 1, 2)
    assert scene.train.images.shape[1:] == (32, 32, 4)
    again = prepared(tmp_path).output
    files = sorted(f.relative_to(ours) for f in ours.rglob("*") if f.is_file())
    assert files == sorted(f.relative_to(again) for f in again.rglob("*") if f.is_file())
    assert all((ours / f).read_bytes() == (again / f).read_bytes() for f in files)


def test_a_folder_written_by_us_reads_as_a_persons_own(ours: Path, tmp_path: Path) -> None:
    own = prepared(tmp_path, path=str(ours / "scene")).output
    assert (own / "views.safetensors").read_bytes() == (ours / "views.safetensors").read_bytes()
    assert not (own / "scene").exists()


def test_a_published_scene_is_read_from_its_archive(ours: Path, tmp_path: Path) -> None:
    archive = tmp_path / "lego.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for file in (ours / "scene").rglob("*"):
            out.write(file, Path("nerf_synthetic/lego") / file.relative_to(ours / "scene"))
    run = run_trial(
        prepare,
        config(variant="lego", size=16),
        tmp_path / "run",
        sources={"lego": archive},
        target="prepare-data",
    )
    assert load_scene(run.output).test.images.shape == (2, 16, 16, 4)
    archive.write_bytes(b"<html>not found</html>")
    with pytest.raises(BadInput, match=r"lego\.zip: not a zip archive"):
        run_trial(prepare, config(variant="lego"), tmp_path / "bad", sources={"lego": archive})


def test_an_archive_that_unpacks_to_far_more_than_a_scene_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "lego.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("lego/transforms_train.json", bytes(2 << 20))
    monkeypatch.setattr("blacksmith.datasets.blender.prepare._most_unpacked", 1 << 20)
    with pytest.raises(BadInput, match=r"lego\.zip: would unpack to 2097152 bytes"):
        run_trial(prepare, config(variant="lego"), tmp_path / "run", sources={"lego": archive})


def test_a_bad_folder_ends_the_run_with_what_to_mend(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        prepared(tmp_path, path=str(tmp_path / "nowhere"))


def test_images_of_a_persons_own_can_keep_their_size(ours: Path, tmp_path: Path) -> None:
    again = prepared(tmp_path, path=str(ours / "scene"), size=None)
    assert contents(again)["views.safetensors"] == (ours / "views.safetensors").read_bytes()


def test_images_too_small_for_what_evaluate_measures_end_the_preparation(
    ours: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    shutil.copytree(ours / "scene", own)
    for file in own.rglob("*.png"):
        Image.open(file).resize((10, 10)).save(file)
    with pytest.raises(
        BadInput, match="its images are 10x10 pixels, and evaluate compares windows"
    ):
        prepared(tmp_path / "small", path=str(own), size=None)
    for file in own.rglob("*.png"):
        Image.open(file).resize((11, 11)).save(file)
    scene = load_scene(prepared(tmp_path / "enough", path=str(own), size=None).output)
    assert baselines(scene)["ssim_of_nearest_view"] < 1


def test_our_own_scene_has_no_size_to_keep(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"dataset\.size is null"):
        prepared(tmp_path, size=None)


def test_the_renderings_bytes_are_the_same_on_every_machine() -> None:
    pixels = render(PARTS, place_cameras(1, 5)[0].round(8), 24, 0.69, 2)
    digest = hashlib.sha256(pixels.tobytes()).hexdigest()
    assert digest == "288c51e5c2749cb074edbfa9c47f50a0ea649fddd10c9be18be16dd57e239aef"


def test_rays_that_begin_where_their_pixel_may_meet_something_see_what_they_see_from_afar() -> None:
    pose = place_cameras(1, 5)[0].round(8)
    origin, direction = camera_rays(pose, 24 * 2, 0.69, 2)
    near, far = (np.full(len(direction), value, np.float32) for value in (2, 6))
    afar = trace(PARTS, origin, direction, near, far)[:, 3].reshape(24, 2, 24, 2).mean((1, 3))
    covered = render(PARTS, pose, 24, 0.69, 2)[..., 3] / 255
    assert 0.2 < covered.mean() < 0.8
    assert np.abs(covered - afar).max() < 0.01


def test_the_rays_of_a_pixel_stay_in_it_and_share_no_row_or_column() -> None:
    direction = camera_rays(np.eye(4), 3, 0.2, 3)[1]
    places = direction[:, :2] / -direction[:, 2:] / np.tan(0.1)  # the picture is -1..1
    assert np.abs(places).max() < 1
    for line in places.T:
        assert len(np.unique(line.round(4))) == 9


def test_the_scene_fits_into_its_pictures(ours: Path) -> None:
    covered = load_scene(ours).train.images[..., 3] > 127  # at 32 pixels the border is wide
    assert not covered[:, [0, -1]].any()
    assert not covered[:, :, [0, -1]].any()


def test_no_part_is_nearer_than_its_distance_says() -> None:
    # Sphere tracing may walk as far as the distance: it must never exceed the true one, so it
    # cannot change by more than the way between two points.
    random = np.random.default_rng(0)
    here = random.uniform(-1.4, 1.4, (3, 20_000)).astype(np.float32)
    there = here + random.normal(0, 0.05, here.shape).astype(np.float32)
    way = np.sqrt(((there - here) ** 2).sum(0))
    change = np.abs(distance(PARTS, *there) - distance(PARTS, *here))
    assert float((change - way).max()) < 1e-4


def test_cameras_look_at_the_origin_from_above_and_are_spread() -> None:
    poses = place_cameras(40, 0)
    turn, places = poses[:, :3, :3], poses[:, :3, 3]
    assert np.allclose(turn @ turn.transpose(0, 2, 1), np.eye(3))
    assert np.allclose(np.linalg.det(turn), 1)
    assert np.allclose(turn[:, :, 2] * 4.0311289, places)
    cosines = np.sort(turn[:, :, 2] @ turn[:, :, 2].T, axis=1)[:, -2]
    assert float(cosines.max()) < np.cos(np.radians(8))
    assert not np.allclose(place_cameras(1, 1), poses[:1])


def test_the_scene_cannot_be_had_without_learning(ours: Path) -> None:
    figures = baselines(load_scene(ours))
    assert figures["psnr_of_mean_colour"] < 12
    assert figures["psnr_of_nearest_view"] < 16
