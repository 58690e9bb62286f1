"""Carving, and what of it is asked."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from blacksmith.datasets.blender.cameras import place_cameras  # noqa: E402
from blacksmith.datasets.blender.torch_rays import view_rays  # noqa: E402
from blacksmith.models.lightning.nerf.occupancy import Occupancy, carve  # noqa: E402


def masks_of_a_ball(radius: float, views: int) -> tuple[torch.Tensor, torch.Tensor, float]:
    """Alpha (N, 48, 48) of a ball at (0.3, 0, 0.2), poses and focal length."""
    poses = torch.from_numpy(place_cameras(views, 0).astype(np.float32))
    focal, alphas = 60.0, []
    for pose in poses:
        rays = view_rays(pose, focal, 48, 48)
        to_centre = torch.tensor([0.3, 0.0, 0.2]) - rays[:, :3]
        along = (to_centre * rays[:, 3:]).sum(1)
        miss = (to_centre.square().sum(1) - along**2).clamp(min=0).sqrt()
        alphas.append(((miss < radius) * 255).view(48, 48))
    return torch.stack(alphas), poses, focal


def test_the_hull_holds_the_whole_object_and_little_else() -> None:
    hull = carve(*masks_of_a_ball(0.5, 24), 32, 1.5)
    line = (torch.arange(32) + 0.5) * 3 / 32 - 1.5
    z, y, x = torch.meshgrid(line, line, line, indexing="ij")
    away = ((x - 0.3) ** 2 + y**2 + (z - 0.2) ** 2).sqrt()
    assert bool(hull[away < 0.5].all())
    assert not bool(hull[away > 0.95].any())


def test_what_no_camera_sees_is_not_carved_away() -> None:
    alpha, poses, focal = torch.zeros(1, 48, 48), torch.eye(4)[None].clone(), 200.0
    poses[0, 2, 3] = 4.0  # looks down -z with a narrow lens
    hull = carve(alpha, poses, focal, 16, 1.5)
    assert not bool(hull[:, 7:9, 7:9].any())
    assert bool(hull[:, 0, 0].all())


def full(resolution: int = 4) -> Occupancy:
    return Occupancy(torch.ones(resolution, resolution, resolution, dtype=torch.bool), 1.0, 0.5)


def test_points_fall_into_the_cell_that_holds_them() -> None:
    points = torch.tensor([[-0.9, -0.9, -0.9], [0.9, -0.9, -0.9], [-0.9, -0.9, 0.9]])
    assert full().cells(points).tolist() == [0, 3, 48]


def test_thin_air_is_passed_over_after_a_look_and_matter_is_kept() -> None:
    occupancy = full()
    occupancy.refresh(lambda points: 2.0 * (points[:, 0] > 0))
    assert occupancy.live.view(4, 4, 4).any(0).any(0).tolist() == [False, False, True, True]


def test_what_a_wall_hides_is_not_asked() -> None:
    occupancy = full()
    occupancy.mean.view(4, 4, 4)[:, :, 1] = 100.0  # a wall across x
    line = torch.tensor([[[x, 0.1, 0.1] for x in (-0.75, -0.25, 0.25, 0.75)]])
    asked = occupancy.visible(line, step=0.5, least=0.01)
    assert asked.tolist() == [[True, True, False, False]]
