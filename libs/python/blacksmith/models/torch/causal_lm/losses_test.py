from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from blacksmith.models.torch.causal_lm.architecture import random_causal_lm  # noqa: E402
from blacksmith.models.torch.causal_lm.base_test import sizes  # noqa: E402
from blacksmith.models.torch.causal_lm.losses import (  # noqa: E402
    answer_losses,
    token_losses,
    trimmed,
)

# Answers of two tokens behind prompts of three, one and two, and padding.
tokens = torch.tensor([[1, 7, 8, 11, 2], [1, 11, 2, 33, 33], [1, 9, 12, 2, 33]])
wanted = torch.tensor([[0, 0, 0, 1, 1], [0, 1, 1, 0, 0], [0, 0, 1, 1, 0]]).bool()


@pytest.fixture(scope="module")
def llama() -> Any:
    return random_causal_lm(sizes(), 50, seed=0).eval()


def losses(llama: Any, tokens: Any, wanted: Any) -> Any:
    with torch.no_grad():
        return token_losses(llama, tokens, wanted)


def test_a_loss_is_the_tokens_negative_log_probability_given_those_before_it(llama: Any) -> None:
    expected = []
    for row, column in wanted.nonzero().tolist():
        with torch.no_grad():
            logits = llama(tokens[row : row + 1, :column]).logits[0, -1]
        expected.append(-float(torch.log_softmax(logits, 0)[tokens[row, column]]))
    torch.testing.assert_close(losses(llama, tokens, wanted), torch.tensor(expected))


def test_exactly_the_wanted_tokens_have_a_loss(llama: Any) -> None:
    every = losses(llama, tokens, torch.ones_like(wanted).index_fill(1, torch.tensor([0]), False))
    chosen = wanted[:, 1:].reshape(-1)
    assert torch.equal(losses(llama, tokens, wanted), every[chosen])


def test_what_stands_behind_the_wanted_tokens_changes_nothing(llama: Any) -> None:
    other = torch.where(tokens == 33, 5, tokens)
    assert not torch.equal(tokens, other)
    assert torch.equal(losses(llama, other, wanted), losses(llama, tokens, wanted))


def test_gradients_come_from_the_wanted_tokens_alone(llama: Any) -> None:
    """The output matrix's row of a token that is no target gets only what a softmax gives it."""
    llama.zero_grad()
    token_losses(llama, tokens, wanted).sum().backward()
    with torch.no_grad():
        hidden = llama.model(tokens, use_cache=False).last_hidden_state
        places = wanted.roll(-1, 1)
        places[:, -1] = False
        shares = llama.lm_head(hidden[places]).softmax(1)
        targets = torch.nn.functional.one_hot(tokens[wanted], 50)
        expected = (shares - targets).T @ hidden[places]
    torch.testing.assert_close(llama.lm_head.weight.grad, expected, rtol=1e-4, atol=1e-5)


def test_answers_have_the_losses_of_their_tokens_and_none_behind_a_shorter_one(llama: Any) -> None:
    places = torch.tensor([[3, 4, 1], [1, 2, 1], [2, 3, 1]])
    present = torch.tensor([[True, True, False]] * 3)
    with torch.no_grad():
        found = answer_losses(llama, tokens, places, present)
    assert torch.equal(found[present], losses(llama, tokens, wanted))
    assert not found[~present].any()


def test_trimming_takes_only_columns_behind_the_last_wanted_token() -> None:
    assert trimmed(tokens[1:], wanted[1:])[0].tolist() == [[1, 11, 2, 33], [1, 9, 12, 2]]
    assert trimmed(tokens, wanted)[1].shape == (3, 5)
