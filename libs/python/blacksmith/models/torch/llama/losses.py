"""How well a Llama foretells tokens.

Rows are padded on the right. A causal model computes every position from those before it, so
padding reaches no real token and needs no attention mask, which keeps the fast attention kernels;
what is computed at the padding itself is never looked at. The output matrix, a large part of the
work where the vocabulary is large, is applied at the wanted positions alone, or at as many for each
row, so that shapes stay the same.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import LlamaForCausalLM


def trimmed(tokens: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Rows (batch, length) up to the last column in which a token of any row is wanted."""
    end = int(wanted.any(0).nonzero().max()) + 1
    return tokens[:, :end], wanted[:, :end]


def token_losses(llama: LlamaForCausalLM, tokens: Tensor, wanted: Tensor) -> Tensor:
    """-log p in nats of each wanted token given all before it, float32 (wanted tokens,).

    tokens: (batch, length); wanted: bool of the same shape, false for a row's first token, which
    has nothing before it.
    """
    hidden = llama.model(tokens, use_cache=False).last_hidden_state
    # The output at a position is about the next token.
    here = wanted[:, 1:]
    logits = llama.lm_head(hidden[:, :-1][here]).float()
    return F.cross_entropy(logits, tokens[:, 1:][here], reduction="none")


def answer_losses(
    llama: LlamaForCausalLM, tokens: Tensor, places: Tensor, present: Tensor
) -> Tensor:
    """-log p in nats of the answers' tokens given all before each, float32 like `places`.

    tokens: (batch, length); places: columns of the answers' tokens, (batch, longest answer);
    present: bool of that shape, false behind a shorter answer, where the loss is 0. The shapes do
    not depend on what the answers are: a device that compiles for shapes does so once.
    """
    hidden = llama.model(tokens, use_cache=False).last_hidden_state
    before = (places - 1)[..., None].expand(-1, -1, hidden.shape[2])
    logits = llama.lm_head(hidden.gather(1, before).flatten(0, 1)).float()
    truth = tokens.gather(1, places).flatten()
    losses = F.cross_entropy(logits, truth, reduction="none").view(places.shape)
    return torch.where(present, losses, 0.0)
