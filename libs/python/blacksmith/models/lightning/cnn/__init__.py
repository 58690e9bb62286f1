"""The convolutional network of plain torch: Lightning trains any module."""

from blacksmith.models.torch.cnn import CNN

__all__ = ["CNN"]
