from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
from safetensors.torch import load_file, save_file  # noqa: E402

from blacksmith.models.torch.causal_lm.architecture import random_causal_lm  # noqa: E402
from blacksmith.models.torch.causal_lm.base import random_base, stored_base  # noqa: E402
from blacksmith.training.failure import BadInput  # noqa: E402


def sizes(**changes: Any) -> dict[str, Any]:
    """The section `model` of a model small enough for a test."""
    return {
        "architecture": "llama",
        "config": {},
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
    random_causal_lm(sizes(**changes), 50, seed=3).save_pretrained(folder)
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
    llama = stored_base(stored(tmp_path), "a model", 50, sizes=sizes())
    expected = random_causal_lm(sizes(), 50, seed=3).state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in llama.state_dict().items())
    assert not any(weight.requires_grad for weight in llama.parameters())


def test_stored_weights_can_be_read_in_bfloat16(tmp_path: Path) -> None:
    llama = stored_base(stored(tmp_path), "a model", 50, torch.bfloat16)
    assert {weight.dtype for weight in llama.parameters()} == {torch.bfloat16}


def test_other_sizes_than_the_stored_ones_are_an_error_that_says_what_to_write(
    tmp_path: Path,
) -> None:
    stored(tmp_path, layers=3, tie_embeddings=True)
    with pytest.raises(BadInput, match=r"not those of a model: layers 2 \(there 3\)") as caught:
        stored_base(tmp_path, "a model", 50, sizes=sizes(vocabulary=64))
    assert caught.value.remedy == "write model: { layers: 3, vocabulary: 50, tie_embeddings: true }"


def test_an_architecture_that_nobody_knows_is_refused_with_those_that_are_near(
    tmp_path: Path,
) -> None:
    with pytest.raises(BadInput, match="no causal language model of the architecture qwen33") as e:
        random_base(sizes(architecture="qwen33"), 50)
    assert "qwen3" in str(e.value.remedy)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "resnet"}))
    with pytest.raises(BadInput, match=r"a model: .*of the architecture resnet"):
        stored_base(tmp_path, "a model", 50)


def test_sizes_that_make_no_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="the sizes in the section model make no gemma3_text"):
        random_base(sizes(architecture="gemma3_text", config={"layer_types": "none"}), 50)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-40])


def drop_a_tensor(folder: Path) -> None:
    file = folder / "model.safetensors"
    kept = {name: value for name, value in load_file(file).items() if "norm" not in name}
    save_file(kept, file)


def shard(folder: Path, *, missing: bool = False, wrong: bool = False) -> None:
    file = folder / "model.safetensors"
    tensors = load_file(file)
    file.unlink()
    names = sorted(tensors)
    halves = {"one.safetensors": names[:5], "two.safetensors": names[5:]}
    weight_map = {tensor: name for name, half in halves.items() for tensor in half}
    for name, half in halves.items():
        if not (missing and name == "two.safetensors"):
            save_file({tensor: tensors[tensor] for tensor in half}, folder / name)
    if wrong:
        weight_map[names[0]] = "two.safetensors"
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda f: (f / "config.json").unlink(), "holds no config.json"),
        (lambda f: (f / "config.json").write_text("{"), "config.json is not JSON"),
        (lambda f: (f / "config.json").write_text("{}"), "names no model_type"),
        (lambda f: (f / "model.safetensors").rename(f / "pytorch_model.bin"), "is a pickle"),
        (lambda f: cut(f / "model.safetensors"), "model.safetensors is damaged"),
        (drop_a_tensor, "lacks 5 of the weights .* the first is model.layers.0.input_layernorm"),
        (lambda f: shard(f, missing=True), "lacks 1 of the 2 files .*: two.safetensors"),
        (lambda f: shard(f, wrong=True), "two.safetensors lacks the tensor lm_head.weight"),
    ],
)
def test_a_folder_without_a_whole_model_is_refused(tmp_path: Path, harm: Any, message: str) -> None:
    harm(stored(tmp_path))
    with pytest.raises(BadInput, match=message):
        stored_base(tmp_path, "model.path", 50)


def test_an_adapter_alone_is_refused_with_how_to_get_a_whole_model(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(BadInput, match="an adapter without the model") as caught:
        stored_base(tmp_path, "model.path", 50)
    assert "model.merge" in str(caught.value.remedy)


def test_weights_in_shards_are_read(tmp_path: Path) -> None:
    expected = random_causal_lm(sizes(), 50, seed=3).state_dict()
    shard(stored(tmp_path))
    found = stored_base(tmp_path, "model.path", 50).state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in found.items())


def test_more_tokens_than_the_embedding_has_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="an embedding of 50 rows, and its tokenizer 60 tokens"):
        stored_base(stored(tmp_path), "model.path", 60)
