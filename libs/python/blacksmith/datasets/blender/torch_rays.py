"""Rays of pinhole cameras in Blender's convention, for torch: along the camera's -z, +y up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from blacksmith.datasets.blender.near_pixels import NearPixels
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
    which are memory-mapped, and holds a bit or so for each pixel: which there are to choose from.
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
        read = views.pixels if loading == "streamed" else pixels.__getitem__
        self._pixels = Table(lambda numbers: (read(numbers),), device, loading)
        self._shape = views.images.shape[1:3]
        self._focal = focal
        self._poses = torch.from_numpy(views.poses.copy()).to(device)
        self._size = torch.tensor(self._shape, device=device)
        self._count = len(pixels)
        self._near: Tensor | NearPixels | None = None
        if margin is not None:
            masks = _near_object(views, margin)
            self._near = (
                NearPixels(mask.numpy() for mask in masks)
                if loading == "streamed"
                else _numbers(masks, self._count).to(device)
            )

    def __len__(self) -> int:
        """Number of rows."""
        return self._count if self._near is None else len(self._near)

    def __getitem__(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Rays (n, 6) and straight RGBA (n, 4) in 0..1 of the given rows (n,)."""
        pixel = self._pixel_of(rows)
        (rgba,) = self._pixels[pixel]
        pixel = pixel.to(self._poses.device)
        height, width = self._shape
        view, place = pixel // (height * width), pixel % (height * width)
        poses = self._poses[view]
        rays = camera_rays(poses, place // width, place % width, self._focal, self._size)
        return rays, rgba.float() / 255

    def _pixel_of(self, rows: Tensor) -> Tensor:
        if self._near is None:
            return rows
        if isinstance(self._near, NearPixels):
            return torch.from_numpy(self._near[rows.cpu().numpy()])
        return self._near[rows.to(self._near.device)].long()


def _near_object(views: Views, margin: int) -> Iterator[Tensor]:
    """For each view, which of its pixels (height · width,) are near the object."""
    size = 2 * margin + 1
    for alpha in views.alphas():
        values = torch.from_numpy(alpha).float()[None]
        yield F.max_pool2d(values, size, stride=1, padding=margin).flatten() > 0


def _numbers(masks: Iterable[Tensor], count: int) -> Tensor:
    """Numbers of the pixels that are near, as small as they can be: they stay in memory."""
    kind, found, before = (torch.int32 if count < 2**31 else torch.int64), [], 0
    for mask in masks:
        found.append((mask.nonzero()[:, 0] + before).to(kind))
        before += len(mask)
    return torch.cat(found)
