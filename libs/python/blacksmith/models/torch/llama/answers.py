"""How likely a Llama finds answers, and which one it gives.

Rows are padded on the right. A causal model computes every position from those before it, so
padding reaches no real token and needs no attention mask, which keeps the fast attention kernels;
what is computed at the padding itself is never looked at. The output matrix, a large part of the
work where the vocabulary is large, is applied at the answers' positions alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import LlamaForCausalLM

# Kinds of token in `parts`, as the data has them.
answer_part = 2


def trimmed(tokens: Tensor, parts: Tensor) -> tuple[Tensor, Tensor]:
    """Rows (batch, length) without the columns at the right that are padding in all of them."""
    longest = int((parts > 0).sum(1).max())
    return tokens[:, :longest], parts[:, :longest]


def answer_losses(llama: LlamaForCausalLM, tokens: Tensor, parts: Tensor) -> Tensor:
    """-log p in nats of each answer token given all before it, float32 (answer tokens,)."""
    hidden = llama.model(tokens, use_cache=False).last_hidden_state
    # The output at a position is about the next token.
    here = parts[:, 1:] == answer_part
    logits = llama.lm_head(hidden[:, :-1][here]).float()
    return F.cross_entropy(logits, tokens[:, 1:][here], reduction="none")


def label_log_likelihoods(
    llama: LlamaForCausalLM, prompts: Tensor, lengths: Tensor, answers: Sequence[Sequence[int]]
) -> Tensor:
    """log p(answer | prompt) in nats of each label's whole answer, float32 (batch, labels).

    prompts: (batch, length), of which the first `lengths` (batch,) tokens are the prompt.
    """
    columns = []
    for answer in answers:
        tokens, parts = with_answer(prompts, lengths, answer)
        losses = answer_losses(llama, tokens, parts)
        columns.append(-losses.view(len(tokens), len(answer)).sum(1))
    return torch.stack(columns, 1)


def with_answer(prompts: Tensor, lengths: Tensor, answer: Sequence[int]) -> tuple[Tensor, Tensor]:
    """tokens and parts (batch, longest prompt + answer) of prompts that are answered alike."""
    length = int(lengths.max()) + len(answer)
    tokens = F.pad(prompts, (0, max(0, length - prompts.shape[1])))[:, :length].clone()
    places = lengths[:, None] + torch.arange(len(answer), device=tokens.device)
    tokens.scatter_(1, places, torch.tensor(answer, device=tokens.device).expand(places.shape))
    positions = torch.arange(length, device=tokens.device)
    prompt = positions < lengths[:, None]
    answered = positions < lengths[:, None] + len(answer)
    return tokens, prompt.int() + answer_part * (answered & ~prompt).int()


def generate_answers(
    llama: LlamaForCausalLM, prompts: Tensor, lengths: Tensor, longest: int, eos: int
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
        until = int(lengths.max())
        hidden = llama.model(tokens[:, :until], use_cache=False).last_hidden_state
        chosen = llama.lm_head(hidden[rows, lengths - 1]).argmax(1)
        tokens[rows, lengths] = chosen
        lengths += 1
        generated.append(chosen)
    answers = torch.stack(generated, 1).tolist() if generated else [[] for _ in rows]
    return [ids[: ids.index(eos)] if eos in ids else ids for ids in answers]
