"""The paper's renderer: a coarse field finds where a ray meets something, a fine one looks."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blacksmith.models.lightning.nerf.mlp_field import MLPField
from blacksmith.models.lightning.nerf.rendering import over, volume_weights
from blacksmith.models.lightning.nerf.sampling import importance, stratified, thickness


class CoarseFineRenderer(nn.Module):
    """Two MLPs; every shape is fixed, which is what compilers for accelerators want."""

    def __init__(
        self,
        *,
        coarse: tuple[int, int],
        fine: tuple[int, int],
        frequencies: int,
        samples: int,
        fine_samples: int,
        near: float,
        far: float,
        bound: float,
        products: torch.dtype = torch.float32,
    ) -> None:
        """`coarse` and `fine`: depth and width; `samples` in bins, `fine_samples` by importance."""
        super().__init__()
        self.coarse = MLPField(*coarse, frequencies, products)
        self.fine = MLPField(*fine, frequencies, products) if fine_samples else None
        self.samples, self.fine_samples = samples, fine_samples
        self.near, self.far, self.bound = near, far, bound

    def forward(self, rays: Tensor, background: Tensor) -> list[Tensor]:
        """Colours (n, 3) of rays (n, 6) by the coarse field and, where there is one, the fine."""
        near = torch.full_like(rays[:, 0], self.near)
        far = torch.full_like(near, self.far)
        distances, edges = stratified(near, far, self.samples, self.training)
        colour, weights = self.march(self.coarse, rays, distances, far, background)
        if self.fine is None:
            return [colour]
        more = importance(edges, weights.detach(), self.fine_samples, self.training)
        distances = torch.cat([distances, more], dim=1).sort(dim=1).values
        return [colour, self.march(self.fine, rays, distances, far, background)[0]]

    def march(
        self, field: MLPField, rays: Tensor, distances: Tensor, far: Tensor, background: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Colours (n, 3) and weights (n, samples) of one field at sorted distances (n, samples)."""
        count = distances.shape[1]
        points = rays[:, None, :3] + distances[..., None] * rays[:, None, 3:]
        directions = rays[:, None, 3:].expand_as(points)
        density, colour = field(points.reshape(-1, 3) / self.bound, directions.reshape(-1, 3))
        optical = density.view(-1, count) * thickness(distances, far)
        weights = volume_weights(optical)
        seen = (weights[..., None] * colour.view(-1, count, 3)).sum(dim=1)
        return over(seen, weights.sum(dim=1), background), weights
