"""Which parts of the cube can hold matter: carved from masks, then kept by learned density."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def carve(
    alphas: Iterable[Tensor], poses: Tensor, focal: float, resolution: int, bound: float
) -> Tensor:
    """The visual hull (resolution³ bool, z y x): cells that no view sees on the background.

    `alphas` of each view (H, W) in 0..255, one at a time; `poses` (N, 4, 4), `focal` in pixels. A
    cell counts as seen where any pixel that it may cover has alpha: the hull contains all matter.
    """
    cell = 2 * bound / resolution
    # Half the diagonal of a cell in pixels, as seen from where the cube is nearest to a camera; a
    # camera inside the cube's ball carves with the radius of one that stands off by half a bound.
    clearance = float(poses[:, :3, 3].norm(dim=1).min()) - math.sqrt(3) * bound
    radius = math.ceil(math.sqrt(3) / 2 * cell * focal / max(clearance, bound / 2))
    line = (torch.arange(resolution, device=poses.device) + 0.5) * cell - bound
    z, y, x = torch.meshgrid(line, line, line, indexing="ij")
    centres = torch.stack([x, y, z], dim=-1).view(-1, 3)
    kept = torch.arange(len(centres), device=poses.device)
    for alpha, pose in zip(alphas, poses, strict=True):
        height, width = alpha.shape
        mask = widened(alpha > 0, radius)
        camera = (centres[kept] - pose[:3, 3]) @ pose[:3, :3]
        depth = -camera[:, 2]
        column = (camera[:, 0] / depth * focal + width / 2).floor().long()
        row = (-camera[:, 1] / depth * focal + height / 2).floor().long()
        seen = (depth > 0) & (column >= 0) & (column < width) & (row >= 0) & (row < height)
        on_object = mask[row.clamp(0, height - 1), column.clamp(0, width - 1)]
        kept = kept[on_object | ~seen]
    hull = torch.zeros(len(centres), dtype=torch.bool, device=poses.device)
    hull[kept] = True
    return hull.view(resolution, resolution, resolution)


def widened(mask: Tensor, radius: int) -> Tensor:
    """Where `mask` (H, W) is true within `radius` pixels, in rows and in columns."""
    size, values = 2 * radius + 1, mask.float()[None]
    # One after the other: a square around each pixel takes minutes where views are large.
    values = F.max_pool2d(values, (size, 1), stride=1, padding=(radius, 0))
    values = F.max_pool2d(values, (1, size), stride=1, padding=(0, radius))
    return values[0] > 0


class Occupancy(nn.Module):
    """Density as last seen in each cell of the hull; what is thin air is not asked again."""

    hull: Tensor
    peak: Tensor
    mean: Tensor
    live: Tensor

    def __init__(self, hull: Tensor, bound: float, threshold: float) -> None:
        """`hull` (r, r, r) bool; cells below `threshold` (density, 1/length) are passed over."""
        super().__init__()
        self.resolution, self.bound, self.threshold = hull.shape[0], bound, threshold
        flat = hull.flatten()
        self.register_buffer("hull", flat.clone())
        self.register_buffer("live", flat.clone())
        # The highest density of late keeps a cell alive, the mean says what it hides.
        self.register_buffer("peak", torch.zeros(len(flat), device=hull.device))
        self.register_buffer("mean", torch.zeros(len(flat), device=hull.device))

    def cells(self, points: Tensor) -> Tensor:
        """Indices (...) of the cells that hold points (..., 3)."""
        place = ((points + self.bound) * (self.resolution / (2 * self.bound))).long()
        place = place.clamp(0, self.resolution - 1)
        return (place[..., 2] * self.resolution + place[..., 1]) * self.resolution + place[..., 0]

    @torch.no_grad()
    def refresh(self, density: Callable[[Tensor], Tensor]) -> None:
        """Ask the density (n,) at a random point (n, 3) of each cell of the hull."""
        ids = self.hull.nonzero()[:, 0]
        r = self.resolution
        corner = torch.stack([ids % r, ids // r % r, ids // (r * r)], dim=1)
        points = (corner + torch.rand(len(ids), 3, device=ids.device)) * (2 * self.bound / r)
        found = torch.cat([density(part) for part in torch.split(points - self.bound, 1 << 15)])
        self.peak[ids] = torch.maximum(self.peak[ids] * 0.8, found)
        self.mean[ids] = torch.lerp(self.mean[ids], found, 0.5)
        self.live[ids] = self.peak[ids] > self.threshold

    @torch.no_grad()
    def visible(self, points: Tensor, step: float, least: float) -> Tensor:
        """Which of the points along rays (n, samples, 3), `step` apart, are worth asking (bool).

        In a live cell, with at least `least` of the light getting there by the remembered means.
        """
        cells = self.cells(points)
        live = self.live[cells]
        optical = self.mean[cells] * live * step
        return live & (optical.cumsum(dim=1) - optical < -math.log(least))
