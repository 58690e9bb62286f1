"""The prepared rows as torch tensors on a device."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from blacksmith.datasets.sst2.tokens import Rows, answer_part, prompt_part


@dataclass(frozen=True)
class TorchRows:
    """A split: tokens (N, length) int64, parts (N, length) uint8, labels (N,) int64."""

    tokens: Tensor
    parts: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def prompt_lengths(self) -> Tensor:
        """How many tokens each prompt has, (N,)."""
        return (self.parts == prompt_part).sum(1)

    @property
    def answer_tokens(self) -> int:
        """How many tokens of all rows are answers."""
        return int((self.parts == answer_part).sum())

    @property
    def mean_length(self) -> float:
        """Tokens of a row without its padding."""
        return float((self.parts > 0).sum()) / len(self)


def on_device(rows: Rows, device: torch.device) -> TorchRows:
    """A whole split on the device: a batch is then an index."""
    return TorchRows(
        torch.from_numpy(rows.tokens).to(device, torch.int64),
        torch.from_numpy(rows.parts).to(device),
        torch.from_numpy(rows.labels).to(device, torch.int64),
    )
