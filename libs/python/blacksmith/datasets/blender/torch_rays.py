"""Rays of pinhole cameras in Blender's convention, for torch: along the camera's -z, +y up."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from blacksmith.datasets.blender.views import Views
from blacksmith.training.torch_table import Table


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
    """Pixels of a split by number: bytes stay bytes, rays are made a batch at a time.

    `resident` has the pixels on the device. `streamed` reads those of each batch from the views,
    which are memory-mapped, and holds nothing but which pixels there are to choose from.
    """

    def __init__(
        self,
        views: Views,
        focal: float,
        device: torch.device,
        loading: str,
        margin: int | None = None,
    ) -> None:
        """With a `margin`, rows are only those pixels whose alpha, or that of a neighbour within
        `margin` pixels, is not 0: the rest sees nothing but background.
        """
        pixels = views.images.reshape(-1, 4)
        self._pixels = Table(lambda numbers: (pixels[numbers],), device, loading)
        self._shape = views.images.shape[1:3]
        self._focal = focal
        self._poses = torch.from_numpy(views.poses.copy()).to(device)
        self._size = torch.tensor(self._shape, device=device)
        self._count = len(pixels)
        self._near = None
        if margin is not None:
            self._near = _near_object(views, margin).to("cpu" if loading == "streamed" else device)

    def __len__(self) -> int:
        """Number of rows."""
        return self._count if self._near is None else len(self._near)

    def __getitem__(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Rays (n, 6) and straight RGBA (n, 4) in 0..1 of the given rows (n,)."""
        pixel = rows if self._near is None else self._near[rows.to(self._near.device)].long()
        (rgba,) = self._pixels[pixel]
        pixel = pixel.to(self._poses.device)
        height, width = self._shape
        view, place = pixel // (height * width), pixel % (height * width)
        poses = self._poses[view]
        rays = camera_rays(poses, place // width, place % width, self._focal, self._size)
        return rays, rgba.float() / 255


def _near_object(views: Views, margin: int) -> Tensor:
    """Numbers of the pixels near the object, as small as they can be: they stay in memory."""
    found, size = [], 2 * margin + 1
    kind = torch.int32 if views.images.size < 2**31 else torch.int64
    for index, image in enumerate(views.images):
        alpha = torch.from_numpy(image[..., 3].copy()).float()
        near = F.max_pool2d(alpha[None], size, stride=1, padding=margin) > 0
        found.append((near.flatten().nonzero()[:, 0] + index * alpha.numel()).to(kind))
    return torch.cat(found)
