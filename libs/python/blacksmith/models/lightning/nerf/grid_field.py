"""Feature grids over a carved volume, and a small MLP that reads them."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from blacksmith.models.lightning.nerf.encoding import spherical_harmonics


class WeightedRows(torch.autograd.Function):
    """Sums of table rows: out[n] = Σ_k weights[n, k] · table[rows[n, k]].

    embedding_bag's own backward sorts the rows and also makes a gradient for the weights, which
    nobody needs: this one takes two thirds of its time on a CPU.
    """

    @staticmethod
    def forward(ctx: Any, table: Tensor, rows: Tensor, weights: Tensor) -> Tensor:
        """`table` (rows, channels), `rows` (n, k) int64, `weights` (n, k): (n, channels)."""
        ctx.save_for_backward(rows, weights)
        ctx.shape = table.shape
        return F.embedding_bag(rows, table, per_sample_weights=weights, mode="sum")

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        """The gradient of the table."""
        rows, weights = ctx.saved_tensors
        (gradient,) = gradients
        spread = (weights[:, :, None] * gradient[:, None]).flatten(0, 1)
        table = gradient.new_zeros(ctx.shape)
        return table.index_add_(0, rows.flatten(), spread), None, None


class FeatureGrid(nn.Module):
    """Trilinear features of a dense grid; only the vertices around the hull are stored."""

    slots: Tensor
    corners: Tensor

    def __init__(self, hull: Tensor, resolution: int, channels: int) -> None:
        """`hull` (r, r, r) bool, z y x; `resolution` vertices along each edge of the cube."""
        super().__init__()
        self.resolution = resolution
        needed = vertices_around(hull, resolution).flatten()
        count = int(needed.sum())
        # Row 0 stands for every vertex that no point of the hull touches.
        slots = torch.zeros(resolution**3, dtype=torch.int32, device=hull.device)
        slots[needed] = torch.arange(1, count + 1, dtype=torch.int32, device=hull.device)
        n = resolution
        corners = torch.tensor(
            [x + n * (y + n * z) for z in (0, 1) for y in (0, 1) for x in (0, 1)]
        )
        # They follow from the hull: no part of a checkpoint.
        self.register_buffer("slots", slots, persistent=False)
        self.register_buffer("corners", corners.to(hull.device), persistent=False)
        self.table = nn.Parameter(torch.empty(count + 1, channels, device=hull.device))
        nn.init.uniform_(self.table, -0.1, 0.1)

    def forward(self, points: Tensor) -> Tensor:
        """Features (n, channels) at points (n, 3) in 0..1."""
        place = points * (self.resolution - 1)
        cell = place.floor().clamp(0, self.resolution - 2)
        upper = place - cell
        cell = cell.long()
        first = cell[:, 0] + self.resolution * (cell[:, 1] + self.resolution * cell[:, 2])
        rows = self.slots[first[:, None] + self.corners].long()
        x, y, z = torch.stack([1 - upper, upper], dim=-1).unbind(dim=1)  # each (n, 2)
        weights = z[:, :, None, None] * y[:, None, :, None] * x[:, None, None, :]
        weighted_rows: Any = WeightedRows.apply
        features: Tensor = weighted_rows(self.table, rows, weights.flatten(1))
        return features


def vertices_around(hull: Tensor, resolution: int) -> Tensor:
    """Vertices (resolution³ bool) of a grid that a point inside the hull (r³ bool) may touch."""
    cells, r = resolution - 1, hull.shape[0]
    low = (
        torch.arange(cells, device=hull.device)[:, None] * r
    )  # edges of both grids, times r · cells
    high = low + r
    other = torch.arange(r, device=hull.device)[None] * cells
    # One more on each side: a rounded coordinate may fall into the neighbouring cell.
    overlaps = ((other + cells >= low) & (other <= high)).float()
    touched = torch.einsum("zyx,az,by,cx->abc", hull.float(), overlaps, overlaps, overlaps) > 0
    around: Tensor = F.max_pool3d(F.pad(touched[None].float(), (1,) * 6), 2, stride=1)[0] > 0
    return around


class GridField(nn.Module):
    """Density and colour of points from feature grids of several resolutions."""

    def __init__(
        self, hull: Tensor, resolutions: list[int], channels: int, hidden: int, scale: float
    ) -> None:
        """`scale` is the density (1/length) of one unit behind the softplus."""
        super().__init__()
        self.scale = scale
        self.grids = nn.ModuleList(FeatureGrid(hull, n, channels) for n in resolutions)
        self.read = nn.Linear(channels * len(resolutions), hidden)
        self.geometry = nn.Linear(hidden, 16)
        self.mix = nn.Linear(16 + 9, hidden)
        self.colour = nn.Linear(hidden, 3)
        self.to(hull.device)

    def density(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Density (n,) and what the colour needs (n, 16) at points (n, 3) in 0..1."""
        features = torch.cat([grid(points) for grid in self.grids], dim=-1)
        geometry = self.geometry(F.relu(self.read(features)))
        return self.scale * F.softplus(geometry[:, 0].float() - 2), geometry

    def forward(self, points: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
        """Density (n,) and colour (n, 3) in 0..1 at points (n, 3) in 0..1, unit directions."""
        density, geometry = self.density(points)
        seen = torch.cat([geometry, spherical_harmonics(directions)], dim=-1)
        return density, torch.sigmoid(self.colour(F.relu(self.mix(seen))).float())
