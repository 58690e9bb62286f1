from __future__ import annotations

import math
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from blacksmith.models.torch.causal_lm.architecture import random_causal_lm  # noqa: E402
from blacksmith.models.torch.causal_lm.base_test import sizes  # noqa: E402
from blacksmith.models.torch.causal_lm.losses import token_losses  # noqa: E402
from blacksmith.models.torch.causal_lm.pretraining import pretrain  # noqa: E402

settings = {"epochs": 2, "batch_size": 4, "learning_rate": 0.003, "seed": 0}
# Ten rows that count up from a random token, of which the first tells the others.
tokens = (torch.arange(10)[:, None] * 7 + torch.arange(6)) % 50
wanted = (torch.arange(6) > 0).expand(10, 6)


def pretrained(**changes: Any) -> tuple[Any, list[tuple[int, int, float]]]:
    llama = random_causal_lm(sizes(), 50, seed=0)
    reported: list[tuple[int, int, float]] = []
    pretrain(
        llama, tokens, wanted, {**settings, **changes}, lambda *progress: reported.append(progress)
    )
    return llama, reported


def test_it_learns_the_rows_by_heart() -> None:
    llama, reported = pretrained(epochs=80)
    with torch.no_grad():
        assert float(token_losses(llama, tokens, wanted).mean()) < 0.1 < reported[0][2]


def test_every_row_is_seen_in_every_epoch_the_last_small_batch_included() -> None:
    _, reported = pretrained()
    steps = 2 * math.ceil(10 / 4)
    assert [(step, of) for step, of, _ in reported] == [(n, steps) for n in range(1, steps + 1)]


def test_the_same_seed_gives_the_same_weights_and_another_one_others() -> None:
    torch.manual_seed(1)
    first = pretrained()[0].state_dict()
    torch.manual_seed(2)
    again, other = pretrained()[0].state_dict(), pretrained(seed=1)[0].state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_tokens_that_are_not_wanted_are_not_learnt() -> None:
    """Two rows that differ only in what is not wanted train the same weights."""
    other = tokens.clone()
    other[:, 5] = 49
    few = (torch.arange(6) % 5 > 0).expand(10, 6)
    models = [random_causal_lm(sizes(), 50, seed=0) for _ in "ab"]
    for model, rows in zip(models, (tokens, other), strict=True):
        pretrain(model, rows, few, settings, lambda *_: None)
    one, same = (model.state_dict() for model in models)
    assert all(torch.equal(one[name], same[name]) for name in one)
