"""Rays against pictures, and a bank's rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from blacksmith.datasets.blender.cameras import place_cameras  # noqa: E402
from blacksmith.datasets.blender.prepared import SceneWriter, load_scene  # noqa: E402
from blacksmith.datasets.blender.raymarch import camera_rays as numpy_rays  # noqa: E402
from blacksmith.datasets.blender.torch_rays import RayBank, view_rays  # noqa: E402
from blacksmith.datasets.blender.views import Views  # noqa: E402
from blacksmith.training.peak_memory import peak_growth  # noqa: E402


def test_rays_are_those_that_the_scene_was_rendered_with() -> None:
    pose = place_cameras(1, 3)[0]
    focal = float(0.5 * 16 / np.tan(0.5 * 0.7))
    rays = view_rays(torch.from_numpy(pose).float(), focal, 16, 16)
    origin, direction = numpy_rays(pose, 16, 0.7)
    assert np.allclose(rays[:, :3], origin)
    assert np.allclose(rays[:, 3:], direction, atol=1e-6)


def test_the_middle_of_a_picture_looks_straight_ahead() -> None:
    rays = view_rays(torch.eye(4), 100.0, 5, 7)
    assert rays[2 * 7 + 3].tolist() == [0, 0, 0, 0, 0, -1]
    assert float(rays[0, 3]) < 0 < float(rays[0, 4])  # the first pixel is up on the left


@pytest.mark.parametrize("loading", ["resident", "streamed"])
def test_a_banks_rows_are_the_pixels_near_the_object_with_their_rays(loading: str) -> None:
    images = np.zeros((2, 8, 8, 4), np.uint8)
    images[1, 2, 5] = (255, 0, 51, 255)
    poses = np.stack([np.eye(4, dtype=np.float32)] * 2)
    poses[1, 0, 3] = 9
    views, cpu = Views(images, poses), torch.device("cpu")
    bank = RayBank(views, 10.0, cpu, loading, margin=1)
    assert len(bank) == 9
    rays, rgba = bank[torch.arange(9)]
    assert rgba[4].tolist() == pytest.approx([1, 0, 0.2, 1])
    assert torch.equal(rays[4], view_rays(torch.from_numpy(poses[1]), 10.0, 8, 8)[2 * 8 + 5])
    whole = RayBank(views, 10.0, cpu, loading)
    assert len(whole) == 128
    rays, rgba = whole[torch.tensor([64 + 2 * 8 + 5])]
    assert rgba[0].tolist() == pytest.approx([1, 0, 0.2, 1])
    assert float(rays[0, 0]) == 9


def test_streamed_and_resident_banks_give_the_same_rows() -> None:
    images = np.random.default_rng(0).integers(0, 2, (3, 17, 23, 4), np.uint8)
    images[1] = 0  # nothing to see in the middle one
    views = Views(images, np.stack([np.eye(4, dtype=np.float32)] * 3))
    one, other = (
        RayBank(views, 10.0, torch.device("cpu"), loading, margin=0)
        for loading in ("resident", "streamed")
    )
    assert len(one) == len(other) == int((images[..., 3] > 0).sum())
    rows = torch.randperm(len(one))
    for ours, theirs in zip(one[rows], other[rows], strict=True):
        assert torch.equal(ours, theirs)


def test_more_views_of_full_size_need_no_more_memory_to_train_on(tmp_path: Path) -> None:
    side, few, many = 800, 6, 48

    def learn(count: int) -> None:
        counts = {"train": count, "val": 1, "test": 1}
        poses = {split: [np.eye(4)] * views for split, views in counts.items()}
        writer = SceneWriter(tmp_path, (side, side), poses, 800.0)
        for split, views in counts.items():
            for _ in range(views):
                writer.write(split, np.full((side, side, 4), 255, np.uint8))
        writer.close()
        scene = load_scene(tmp_path)
        bank = RayBank(scene.train, scene.focal, torch.device("cpu"), "streamed", margin=2)
        for rows in torch.randint(len(bank), (20, 256)):
            assert bank[rows][1].eq(1).all()

    learn(few)  # what is imported and allocated once
    growth = peak_growth(lambda: learn(many)) - peak_growth(lambda: learn(few))
    assert growth < (many - few) * side * side * 4 / 2
