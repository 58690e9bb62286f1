"""The paper's kind of field: an MLP over encoded positions."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from blacksmith.models.lightning.nerf.encoding import positional_encoding, spherical_harmonics


class MLPField(nn.Module):
    """Density and colour of points; layers `depth` × `width`, the position again half-way.

    The colour head gives nine spherical harmonics for each channel: a point's colour depends on the
    direction without a second network.
    """

    def __init__(
        self, depth: int, width: int, frequencies: int, products: torch.dtype = torch.float32
    ) -> None:
        """`products` is the type of the matrix products; weights, gradients and sums stay float32.

        By hand and not by torch.autocast, which not every device has. Weights in bfloat16 would not
        do: their last bit is larger than most of Adam's steps.
        """
        super().__init__()
        self.frequencies, self.products = frequencies, products
        encoded = 3 * (1 + 2 * frequencies)
        self.again = depth // 2 if depth > 2 else None
        layers: list[nn.Module] = []
        for index in range(depth):
            inputs = encoded if index == 0 else width
            layers.append(nn.Linear(inputs + (encoded if index == self.again else 0), width))
        self.layers = nn.ModuleList(layers)
        self.density = nn.Linear(width, 1)
        self.harmonics = nn.Linear(width, 27)

    def forward(self, points: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
        """Density (n,) ≥ 0 and colour (n, 3) in 0..1 at points (n, 3) in -1..1, unit directions."""
        encoded = positional_encoding(points, self.frequencies).to(self.products)
        hidden = encoded
        for index, layer in enumerate(self.layers):
            if index == self.again:
                hidden = torch.cat([hidden, encoded], dim=-1)
            hidden = F.relu(self.apply_layer(layer, hidden))
        # Softplus: a ReLU's density can die in the first steps and never come back.
        density = F.softplus(self.apply_layer(self.density, hidden).squeeze(-1).float() - 1)
        coefficients = self.apply_layer(self.harmonics, hidden).float().view(-1, 3, 9)
        basis = spherical_harmonics(directions.float())
        return density, torch.sigmoid((coefficients * basis[:, None]).sum(-1))

    def apply_layer(self, layer: nn.Module, values: Tensor) -> Tensor:
        """A linear layer in the type of the products."""
        assert isinstance(layer, nn.Linear)
        return F.linear(values, layer.weight.to(self.products), layer.bias.to(self.products))
