"""Rays of pinhole cameras in Blender's convention, for torch: along the camera's -z, +y up."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from blacksmith.datasets.blender.views import Views


def camera_rays(poses: Tensor, rows: Tensor, columns: Tensor, focal: float, size: Tensor) -> Tensor:
    """Rays (n, 6), origin and unit direction, through the centres of pixels.

    `poses` (n, 4, 4) camera to world, one for each pixel; `rows` and `columns` (n,) integers;
    `focal` in pixels; `size` (2,) height and width.
    """
    right = (columns + 0.5 - 0.5 * size[1]) / focal
    up = -(rows + 0.5 - 0.5 * size[0]) / focal
    direction = torch.stack([right, up, -torch.ones_like(right)], dim=-1)
    direction = F.normalize((poses[:, :3, :3] @ direction[:, :, None]).squeeze(-1), dim=-1)
    return torch.cat([poses[:, :3, 3], direction], dim=-1)


def view_rays(pose: Tensor, focal: float, height: int, width: int) -> Tensor:
    """Rays (height · width, 6) of all pixels of one camera, its pose (4, 4)."""
    pixel = torch.arange(height * width, device=pose.device)
    size = torch.tensor([height, width], device=pose.device)
    return camera_rays(pose.expand(len(pixel), 4, 4), pixel // width, pixel % width, focal, size)


class RayBank:
    """All pixels of a split on one device: bytes stay bytes, rays are made a batch at a time."""

    def __init__(
        self, views: Views, focal: float, device: torch.device, margin: int | None = None
    ) -> None:
        """With a `margin`, rows are only those pixels whose alpha, or that of a neighbour within
        `margin` pixels, is not 0: the rest sees nothing but background.
        """
        images = np.array(views.images)  # (N, H, W, 4), a copy: torch wants memory it may write
        self.shape = images.shape[1:3]
        self.focal = focal
        self.poses = torch.from_numpy(np.array(views.poses)).to(device)
        self.size = torch.tensor(self.shape, device=device)
        self.pixels = torch.from_numpy(images.reshape(-1, 4)).to(device)
        self.visible = torch.arange(len(self.pixels), device=device)
        if margin is not None:
            alpha = torch.from_numpy(images[..., 3])[:, None].float()
            near_object = F.max_pool2d(alpha, 2 * margin + 1, stride=1, padding=margin) > 0
            self.visible = near_object.flatten().nonzero()[:, 0].to(device)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.visible)

    def __getitem__(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Rays (n, 6) and straight RGBA (n, 4) in 0..1 of the given rows (n,)."""
        pixel = self.visible[rows.to(self.visible.device)]
        height, width = self.shape
        view, place = pixel // (height * width), pixel % (height * width)
        rays = camera_rays(self.poses[view], place // width, place % width, self.focal, self.size)
        return rays, self.pixels[pixel].float() / 255
