"""Batches of a prepared split for torch, by sample index."""

from __future__ import annotations

import torch
from torch import Tensor

from blacksmith.datasets.mnist.splits import Split


class ResidentImages:
    """The whole split as float32 on the device: nothing is left to do for a batch but to index."""

    def __init__(self, split: Split, device: torch.device | str) -> None:
        self._images = torch.from_numpy(split.standardised()).to(device)
        self._labels = torch.from_numpy(split.labels.astype("int64")).to(device)

    def __getitem__(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Images (n, 784) float32 and labels (n,) int64 of `rows` (n,)."""
        return self._images[rows], self._labels[rows]


class StreamedImages:
    """Reads each batch from the memory-mapped file: for data that the device cannot hold."""

    def __init__(self, split: Split, device: torch.device | str) -> None:
        self._split = split
        self._device = device

    def __getitem__(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Images (n, 784) float32 and labels (n,) int64 of `rows` (n,)."""
        at = rows.cpu().numpy()
        labels = torch.from_numpy(self._split.labels[at].astype("int64"))
        images = torch.from_numpy(self._split.standardised(at))
        return images.to(self._device), labels.to(self._device)
