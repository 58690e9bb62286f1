"""How well a model foretells tokens.

Rows are padded on the right. A causal model computes every position from those before it, so
padding reaches no real token and needs no attention mask, which keeps the fast attention kernels;
what is computed at the padding itself is never looked at. Logits are computed at the wanted
positions alone, or at as many for each row, so that shapes stay the same.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import PreTrainedModel

from blacksmith.models.torch.causal_lm.logits import logits_at


def trimmed(tokens: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Rows (batch, length) up to the last column in which a token of any row is wanted."""
    end = int(wanted.any(0).nonzero().max()) + 1
    return tokens[:, :end], wanted[:, :end]


def token_losses(model: PreTrainedModel, tokens: Tensor, wanted: Tensor) -> Tensor:
    """-log p in nats of each wanted token given all before it, float32 (wanted tokens,).

    tokens: (batch, length); wanted: bool of the same shape, false for a row's first token, which
    has nothing before it.
    """
    # The output at a position is about the next token.
    here = wanted[:, 1:]
    logits = logits_at(model, tokens, lambda outputs: outputs[:, :-1][here])
    return F.cross_entropy(logits, tokens[:, 1:][here], reduction="none")


def answer_losses(
    model: PreTrainedModel, tokens: Tensor, places: Tensor, present: Tensor
) -> Tensor:
    """-log p in nats of the answers' tokens given all before each, float32 like `places`.

    tokens: (batch, length); places: columns of the answers' tokens, (batch, longest answer);
    present: bool of that shape, false behind a shorter answer, where the loss is 0. The shapes do
    not depend on what the answers are: a device that compiles for shapes does so once.
    """
    before = (places - 1)[..., None]

    def select(outputs: Tensor) -> Tensor:
        return outputs.gather(1, before.expand(-1, -1, outputs.shape[2])).flatten(0, 1)

    logits = logits_at(model, tokens, select)
    truth = tokens.gather(1, places).flatten()
    losses = F.cross_entropy(logits, truth, reduction="none").view(places.shape)
    return torch.where(present, losses, 0.0)
