"""A short training of all of a model's weights to foretell the next token: what makes a base."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from blacksmith.models.torch.causal_lm.losses import token_losses, trimmed

_warmup_steps = 20
_longest_gradient = 1.0


def pretrain(
    model: PreTrainedModel,
    tokens: Tensor,
    wanted: Tensor,
    settings: Mapping[str, Any],
    progress: Callable[[int, int, float], None],
) -> None:
    """Trains `model` to foretell the wanted tokens of rows (N, length).

    On one machine a function of the weights, the rows and `settings` (epochs, batch_size,
    learning_rate, seed). `progress` is called with steps done, steps in all and the loss.
    """
    count, size = len(tokens), settings["batch_size"]
    total = settings["epochs"] * math.ceil(count / size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings["learning_rate"], fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _share(step, total))
    generator = torch.Generator().manual_seed(settings["seed"])
    step = 0
    for _ in range(settings["epochs"]):
        for batch in torch.randperm(count, generator=generator).split(size):
            loss = token_losses(model, *trimmed(tokens[batch], wanted[batch])).mean()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), _longest_gradient)
            optimizer.step()
            schedule.step()
            step += 1
            progress(step, total, float(loss.detach()))


def _share(step: int, total: int) -> float:
    """Share of the learning rate: rises over the warm-up, falls along a half cosine to zero."""
    return min(1.0, (step + 1) / _warmup_steps) * (1 + math.cos(math.pi * step / total)) / 2
