from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from blacksmith.models.torch.llama.architecture import random_llama  # noqa: E402
from blacksmith.models.torch.llama.base import random_base, stored_base  # noqa: E402
from blacksmith.training.failure import BadInput  # noqa: E402


def sizes(**changes: Any) -> dict[str, Any]:
    """The section `model` of a Llama small enough for a test."""
    return {
        "hidden_size": 32,
        "intermediate_size": 48,
        "layers": 2,
        "heads": 4,
        "kv_heads": 2,
        "vocabulary": None,
        "rope_theta": 10_000,
        "tie_embeddings": False,
        "seed": 0,
        **changes,
    }


def stored(folder: Path, **changes: Any) -> Path:
    random_llama(sizes(**changes), 50, seed=3).save_pretrained(folder)
    return folder


def test_the_model_has_the_sizes_that_were_asked_for() -> None:
    attention = 32 * 32 + 2 * 32 * 16 + 32 * 32  # two heads of keys and values for four
    layer = attention + 3 * 32 * 48 + 2 * 32
    count = sum(weight.numel() for weight in random_base(sizes(), 50).parameters())
    assert count == 2 * 50 * 32 + 2 * layer + 32


def test_a_tied_embedding_is_the_output_matrix_too() -> None:
    llama = random_base(sizes(tie_embeddings=True), 50)
    assert llama.lm_head.weight is llama.model.embed_tokens.weight


def test_no_weight_of_a_base_is_trained() -> None:
    assert not any(weight.requires_grad for weight in random_base(sizes(), 50).parameters())


def test_random_weights_are_a_function_of_the_models_seed_alone() -> None:
    first = random_base(sizes(), 50).state_dict()
    torch.manual_seed(99)
    again, other = random_base(sizes(), 50).state_dict(), random_base(sizes(seed=1), 50)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["lm_head.weight"], other.lm_head.weight)


def test_different_tokens_stay_different_through_the_random_layers() -> None:
    llama = random_base(sizes(), 50)
    hidden = llama.model(torch.arange(50)[:, None]).last_hidden_state[:, 0]
    alike = torch.nn.functional.cosine_similarity(hidden[:, None], hidden[None], dim=2)
    assert float(alike.fill_diagonal_(0).abs().mean()) < 0.3


def test_the_vocabulary_may_be_larger_than_the_tokenizers_but_not_smaller() -> None:
    assert random_base(sizes(vocabulary=64), 50).lm_head.weight.shape == (64, 32)
    with pytest.raises(BadInput, match=r"model\.vocabulary 40 is less than the tokenizer's 50"):
        random_base(sizes(vocabulary=40), 50)


def test_stored_weights_are_read_as_they_are(tmp_path: Path) -> None:
    llama = stored_base(sizes(), stored(tmp_path), "a model")
    expected = random_llama(sizes(), 50, seed=3).state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in llama.state_dict().items())
    assert not any(weight.requires_grad for weight in llama.parameters())


def test_stored_weights_can_be_read_in_bfloat16(tmp_path: Path) -> None:
    llama = stored_base(sizes(), stored(tmp_path), "a model", torch.bfloat16)
    assert {weight.dtype for weight in llama.parameters()} == {torch.bfloat16}


def test_other_sizes_than_the_stored_ones_are_an_error_that_says_what_to_write(
    tmp_path: Path,
) -> None:
    stored(tmp_path, layers=3, tie_embeddings=True)
    with pytest.raises(BadInput, match=r"not those of a model: layers 2 \(there 3\)") as caught:
        stored_base(sizes(vocabulary=64), tmp_path, "a model")
    assert caught.value.remedy == "write model: { layers: 3, vocabulary: 50, tie_embeddings: true }"


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gpt2"}))
    with pytest.raises(BadInput, match="a model is a gpt2, not a Llama"):
        stored_base(sizes(), tmp_path, "a model")
