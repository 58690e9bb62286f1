"""A model's logits at a few places.

The output matrix, a large part of the work where the vocabulary is large, is applied at the wanted
places alone. Some architectures do more to logits than that (a scale, a cap): there all of them are
computed, and the wanted ones taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

_attribute = "logits_are_of_the_output_matrix_alone"


def logits_at(model: PreTrainedModel, tokens: Tensor, select: Callable[[Tensor], Tensor]) -> Tensor:
    """Float32 logits (wanted, vocabulary) after rows of tokens (batch, length).

    `select` takes the wanted places out of (batch, length, …), as (wanted, …).
    """
    if getattr(model, _attribute, False):
        hidden = model.base_model(tokens, use_cache=False).last_hidden_state
        logits = _head(model)(select(hidden))
    else:
        logits = select(model(tokens, use_cache=False).logits)
    result: Tensor = logits.float()
    return result


def look_for_shortcut(model: PreTrainedModel) -> None:
    """Notes whether the output matrix alone gives, to the bit, the logits of `model`.

    Asked on the CPU, where equal work gives equal bits; until then all logits are computed.
    """
    training = model.training
    model.train(False)
    tokens = torch.arange(8).view(2, 4) % model.config.vocab_size
    with torch.no_grad():
        whole = model(tokens, use_cache=False).logits
        hidden = model.base_model(tokens, use_cache=False).last_hidden_state
        short = _head(model)(hidden)
    equal = np.array_equal(short.float().numpy(), whole.float().numpy())
    model.train(training)
    setattr(model, _attribute, equal)


def _head(model: PreTrainedModel) -> torch.nn.Linear:
    untyped: Any = model
    head: torch.nn.Linear = untyped.get_output_embeddings()
    return head
