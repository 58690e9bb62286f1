"""The renderer for the CPU: asks feature grids only where there is something to see."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from blacksmith.models.lightning.nerf.grid_field import GridField
from blacksmith.models.lightning.nerf.occupancy import Occupancy
from blacksmith.models.lightning.nerf.rendering import over, volume_weights
from blacksmith.models.lightning.nerf.sampling import cube_span


class GridRenderer(nn.Module):
    """Steps of one length through the cube; those in thin air or behind a surface are left out."""

    def __init__(
        self,
        hull: Tensor,
        *,
        resolutions: list[int],
        channels: int,
        hidden: int,
        density_scale: float,
        bound: float,
        step: float,
        threshold: float,
        least_light: float,
    ) -> None:
        """`step` in scene units; for `threshold` and `least_light` see Occupancy."""
        super().__init__()
        self.bound, self.step, self.least_light = bound, step, least_light
        self.occupancy = Occupancy(hull, bound, threshold)
        self.field = GridField(hull, resolutions, channels, hidden, density_scale)

    @staticmethod
    def hull_of(state: Mapping[str, Tensor]) -> Tensor:
        """The hull (r, r, r) in a renderer's saved state, which its tables' sizes follow from."""
        hull = state["occupancy.hull"]
        resolution = round(len(hull) ** (1 / 3))
        return hull.view(resolution, resolution, resolution)

    def refresh_occupancy(self) -> None:
        """Look again where there is matter; to be called every few dozen steps."""
        self.occupancy.refresh(lambda points: self.field.density(self.unit(points))[0])

    def unit(self, points: Tensor) -> Tensor:
        """Points of the cube [-bound, bound]³ in 0..1."""
        return (points + self.bound) / (2 * self.bound)

    def forward(self, rays: Tensor, background: Tensor) -> list[Tensor]:
        """Colours (n, 3) of rays (n, 6), in a list of one."""
        near, far = cube_span(rays, self.bound)
        most = math.ceil(2 * math.sqrt(3) * self.bound / self.step)
        # One offset a ray: as good as one a sample, and the steps keep their length.
        offset = torch.rand_like(near) if self.training else torch.full_like(near, 0.5)
        along = torch.arange(most, device=rays.device) + offset[:, None]
        distances = near[:, None] + along * self.step  # (n, most)
        points = rays[:, None, :3] + distances[..., None] * rays[:, None, 3:]
        asked = self.occupancy.visible(points, self.step, self.least_light)
        asked &= distances < far[:, None]
        ray, sample = asked.nonzero(as_tuple=True)
        density, colour = self.field(self.unit(points[ray, sample]), rays[ray, 3:])
        # Back into rows, one for each ray, as long as the longest needs.
        place = asked.cumsum(dim=1)[ray, sample] - 1
        longest = int(asked.sum(dim=1).max()) if len(ray) else 1
        optical = density.new_zeros(len(rays), longest).index_put((ray, place), density * self.step)
        weights = volume_weights(optical)[ray, place]
        seen = torch.cat([weights[:, None] * colour, weights[:, None]], dim=-1)
        total = seen.new_zeros(len(rays), 4).index_add(0, ray, seen)
        return [over(total[:, :3], total[:, 3], background)]
