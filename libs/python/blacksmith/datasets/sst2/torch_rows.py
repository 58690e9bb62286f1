"""The prepared rows for torch, by number."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from blacksmith.datasets.sst2.tokens import Rows, answer_part, prompt_part
from blacksmith.training.torch_table import Table


class TorchRows:
    """A split whose batches are indices: `tokens, parts = rows[batch]`.

    `labels` (N,) int64 are on the device in any case, as is nothing else of a streamed split.
    """

    def __init__(self, rows: Rows, device: torch.device, loading: str) -> None:
        def columns(at: Any) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
            return rows.tokens[at].astype(np.int64), rows.parts[at]

        self._table = Table(columns, device, loading)
        self.labels = torch.from_numpy(rows.labels.astype(np.int64)).to(device)
        # How many tokens of all rows are answers.
        self.answer_tokens = int((rows.parts == answer_part).sum())
        self._longest_answer = int((rows.parts == answer_part).sum(1).max())
        # Tokens of a row without its padding.
        self.mean_length = float((rows.parts > 0).sum()) / len(rows.parts)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (n, length) int64 and parts (n, length) uint8 of the rows `batch` (n,)."""
        tokens, parts = self._table[batch]
        return tokens, parts

    def prompts(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (n, length) int64 and how many of them are the prompt's, (n,)."""
        tokens, parts = self[batch]
        return tokens, (parts == prompt_part).sum(1)

    def answers(self, batch: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Tokens (n, length) int64; the columns of their answers' tokens, (n, longest answer);
        and which of these there are (bool): behind a shorter answer a column means nothing.
        """
        tokens, parts = self[batch]
        offsets = torch.arange(self._longest_answer, device=tokens.device)
        begins = (parts == prompt_part).sum(1, keepdim=True)
        present = offsets < (parts == answer_part).sum(1, keepdim=True)
        return tokens, torch.where(present, begins + offsets, 1), present
