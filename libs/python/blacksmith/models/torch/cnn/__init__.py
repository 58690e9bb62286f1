"""A small convolutional network for grey images."""

from __future__ import annotations

import math

from torch import Tensor, nn


class CNN(nn.Module):
    """Two 3×3 convolutions, each with ReLU and 2×2 pooling, and a hidden layer with ReLU.

    An image comes as a vector of its square's values, row by row, as every model of these images
    is given it. Raises ValueError when `inputs` is no square whose side two poolings can halve.
    """

    def __init__(
        self, inputs: int, classes: int, channels: int, hidden: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        side = math.isqrt(inputs)
        if side**2 != inputs or side % 4:
            raise ValueError(f"{inputs} values are no square image whose side is a multiple of 4")
        self.layers = nn.Sequential(
            nn.Unflatten(1, (1, side, side)),
            nn.Conv2d(1, channels, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(channels, 2 * channels, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(2 * channels * (side // 4) ** 2, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, classes),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Logits (batch, classes) of flattened images (batch, inputs)."""
        logits: Tensor = self.layers(images)
        return logits
