from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from blacksmith.models.torch.causal_lm.answers import (  # noqa: E402
    generate_answers,
    label_log_likelihoods,
    with_answer,
)
from blacksmith.models.torch.causal_lm.base import random_base  # noqa: E402
from blacksmith.models.torch.causal_lm.base_test import sizes  # noqa: E402

# Prompts of 5, 2 and 4 tokens, padded on the right with a token that means something elsewhere.
prompts = torch.tensor([[1, 7, 8, 9, 4], [1, 4, 33, 33, 33], [1, 9, 9, 4, 33]])
lengths = torch.tensor([5, 2, 4])
answers = [[10, 2], [11, 12, 13, 2], [14, 2]]


@pytest.fixture(scope="module")
def llama() -> Any:
    return random_base(sizes(), 50).eval()


def direct_log_likelihood(llama: Any, prompt: list[int], answer: list[int]) -> float:
    """log p by the definition: one row, no padding, all logits, token after token."""
    total = 0.0
    for place, token in enumerate(answer):
        with torch.no_grad():
            logits = llama(torch.tensor([prompt + answer[:place]])).logits
        total += float(torch.log_softmax(logits[0, -1].double(), 0)[token])
    return total


def test_likelihoods_of_padded_rows_are_those_of_each_row_alone(llama: Any) -> None:
    with torch.no_grad():
        found = label_log_likelihoods(llama, prompts, lengths, answers)
    for row, length in enumerate(lengths):
        for column, answer in enumerate(answers):
            prompt = prompts[row, :length].tolist()
            expected = direct_log_likelihood(llama, prompt, answer)
            assert float(found[row, column]) == pytest.approx(expected, abs=1e-4)


def test_an_answer_follows_each_prompt_directly() -> None:
    tokens, places = with_answer(prompts, lengths, [10, 2])
    assert tokens.shape == (3, 7)
    assert places.tolist() == [[5, 6], [2, 3], [4, 5]]
    assert tokens[1, :4].tolist() == [1, 4, 10, 2]
    assert tokens[2, :6].tolist() == [1, 9, 9, 4, 10, 2]


def test_an_answer_may_be_shorter_than_what_followed_the_prompt() -> None:
    wide = torch.cat([prompts, torch.full((3, 9), 33)], 1)
    tokens, places = with_answer(wide, lengths, [10])
    assert tokens.shape == (3, 6)
    assert places.tolist() == [[5], [2], [4]]


def test_rows_that_are_not_trimmed_have_one_shape_and_give_the_same(llama: Any) -> None:
    wide = torch.cat([prompts, torch.full((3, 9), 33)], 1)
    shapes: set[torch.Size] = set()
    hook = llama.model.register_forward_pre_hook(lambda _, inputs: shapes.add(inputs[0].shape))
    uneven = [*answers, [10, 11, 12, 2]]
    with torch.no_grad():
        whole = label_log_likelihoods(llama, wide, lengths, uneven, trim=False)
        free = generate_answers(llama, wide, lengths, 4, eos=2, trim=False)
        assert shapes == {torch.Size((3, wide.shape[1] + 4))}
        hook.remove()
        torch.testing.assert_close(whole, label_log_likelihoods(llama, prompts, lengths, uneven))
        assert free == generate_answers(llama, prompts, lengths, 4, eos=2)


def test_generation_is_the_most_likely_token_again_and_again(llama: Any) -> None:
    with torch.no_grad():
        found = generate_answers(llama, prompts, lengths, 4, eos=2)
    for row, length in enumerate(lengths):
        ids = prompts[row, :length].tolist()
        expected: list[int] = []
        for _ in range(4):
            with torch.no_grad():
                logits = llama(torch.tensor([ids + expected])).logits
            token = int(logits[0, -1].argmax())
            if token == 2:
                break
            expected.append(token)
        assert found[row] == expected


def test_generation_ends_at_the_end_token(llama: Any) -> None:
    with torch.no_grad():
        free = generate_answers(llama, prompts, lengths, 4, eos=-1)
        ended = generate_answers(llama, prompts, lengths, 4, eos=free[0][1])
    assert ended[0] == free[0][: free[0].index(free[0][1])]
