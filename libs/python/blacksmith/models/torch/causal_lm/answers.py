"""How likely a model finds answers, and which one it gives."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import PreTrainedModel

from blacksmith.models.torch.causal_lm.logits import logits_at
from blacksmith.models.torch.causal_lm.losses import answer_losses


def label_log_likelihoods(
    model: PreTrainedModel,
    prompts: Tensor,
    lengths: Tensor,
    answers: Sequence[Sequence[int]],
    *,
    trim: bool = True,
) -> Tensor:
    """log p(answer | prompt) in nats of each label's whole answer, float32 (batch, labels).

    prompts: (batch, length), of which the first `lengths` (batch,) tokens are the prompt. Without
    `trim` rows have one length whatever is in them, so that all full batches have one shape.
    """
    longest = max(len(answer) for answer in answers)
    columns = []
    for answer in answers:
        width = None if trim else prompts.shape[1] + longest
        tokens, places = with_answer(prompts, lengths, answer, width)
        places = F.pad(places, (0, 0 if trim else longest - len(answer)), value=1)
        present = torch.arange(places.shape[1], device=places.device) < len(answer)
        columns.append(-answer_losses(model, tokens, places, present.expand_as(places)).sum(1))
    return torch.stack(columns, 1)


def with_answer(
    prompts: Tensor, lengths: Tensor, answer: Sequence[int], width: int | None = None
) -> tuple[Tensor, Tensor]:
    """Prompts that are answered alike, (batch, width), and the columns of the answer's tokens.

    What follows a prompt in its row is overwritten; behind the answer it means nothing. Without a
    width rows are as long as the longest prompt with its answer.
    """
    width = int(lengths.max()) + len(answer) if width is None else width
    tokens = F.pad(prompts, (0, max(0, width - prompts.shape[1])))[:, :width].clone()
    places = lengths[:, None] + torch.arange(len(answer), device=tokens.device)
    tokens.scatter_(1, places, torch.tensor(answer, device=tokens.device).expand(places.shape))
    return tokens, places


def generate_answers(
    model: PreTrainedModel,
    prompts: Tensor,
    lengths: Tensor,
    longest: int,
    eos: int,
    *,
    trim: bool = True,
) -> list[list[int]]:
    """The most likely token after each prompt, again and again, up to `eos` or `longest` tokens.

    Answers are a few tokens long: computing the prompt again for each costs less than a cache of
    keys and values, which would want the padding on the left.
    """
    tokens = F.pad(prompts, (0, longest))
    lengths = lengths.clone()
    rows = torch.arange(len(tokens), device=tokens.device)
    generated: list[Tensor] = []
    for _ in range(longest):
        until = int(lengths.max()) if trim else tokens.shape[1]
        last = lengths - 1
        chosen = logits_at(model, tokens[:, :until], partial(_at, rows, last)).argmax(1)
        tokens[rows, lengths] = chosen
        lengths += 1
        generated.append(chosen)
    answers = torch.stack(generated, 1).tolist() if generated else [[] for _ in rows]
    return [ids[: ids.index(eos)] if eos in ids else ids for ids in answers]


def _at(rows: Tensor, places: Tensor, outputs: Tensor) -> Tensor:
    return outputs[rows, places]
