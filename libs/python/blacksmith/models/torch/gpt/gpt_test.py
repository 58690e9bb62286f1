"""The model's size, and what it may look at."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from blacksmith.models.torch.gpt import GPT  # noqa: E402


def gpt(**changes: Any) -> Any:
    sizes = {"layers": 2, "heads": 2, "width": 16, "context": 12, "dropout": 0.0}
    torch.manual_seed(0)
    return GPT(vocabulary=30, **{**sizes, **changes}).eval()


def test_it_has_the_parameters_of_its_parts() -> None:
    block = 3 * 16 * 16 + 16 * 16 + 2 * 4 * 16 * 16 + 2 * 2 * 16
    expected = 30 * 16 + 12 * 16 + 2 * block + 2 * 16
    assert sum(weight.numel() for weight in gpt().parameters()) == expected


def test_a_token_is_foretold_from_those_before_it_alone() -> None:
    model, tokens = gpt(), torch.randint(30, (3, 12))
    other = tokens.clone()
    other[:, 7:] = (other[:, 7:] + 1) % 30
    with torch.no_grad():
        one, two = model(tokens), model(other)
    assert torch.equal(one[:, :7], two[:, :7])
    assert not torch.equal(one[:, 7:], two[:, 7:])


def test_attention_is_the_weighted_mean_that_it_is_said_to_be() -> None:
    model = gpt(layers=1, heads=1)
    block, values = model.blocks[0], torch.randn(1, 5, 16)
    queries, keys, contents = block.queries_keys_values(values).chunk(3, dim=2)
    scores = (queries @ keys.mT / 4).masked_fill(torch.ones(5, 5).triu(1).bool(), -torch.inf)
    expected = block.out(scores.softmax(2) @ contents)
    torch.testing.assert_close(block._attended(values), expected)


def test_it_begins_by_expecting_every_token_alike() -> None:
    with torch.no_grad():
        chances = gpt()(torch.randint(30, (4, 12))).softmax(2)
    assert float(chances.max()) < 0.06


def test_what_is_generated_is_a_function_of_its_seed_and_may_be_longer_than_the_context() -> None:
    model, given = gpt(), torch.tensor([3, 4])

    def written(seed: int, temperature: float = 1.0) -> list[int]:
        generator = torch.Generator().manual_seed(seed)
        found: list[int] = model.generate(given, 20, temperature, generator).tolist()
        return found

    assert written(0) == written(0) != written(1)
    assert len(written(0)) == 22
    assert written(0)[:2] == [3, 4]
    coldest = written(0, temperature=1e-4)
    with torch.no_grad():
        assert coldest[2] == int(model(given[None])[0, -1].argmax())
