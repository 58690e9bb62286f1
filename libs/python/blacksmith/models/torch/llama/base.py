"""The frozen base of a Llama: random weights drawn from a seed, or a model's from a hub."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from blacksmith.training.failure import BadInput

# Our names of the sizes, and those of a model's config.json.
_names = {
    "hidden_size": "hidden_size",
    "intermediate_size": "intermediate_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "kv_heads": "num_key_value_heads",
    "vocabulary": "vocab_size",
    "rope_theta": "rope_theta",
    "tie_embeddings": "tie_word_embeddings",
}


def random_base(
    model: Mapping[str, Any], tokens: int, dtype: torch.dtype = torch.float32
) -> LlamaForCausalLM:
    """A Llama of the configured sizes with weights drawn from `model.seed`, for `tokens` tokens.

    The embedding has unit variance and every matrix keeps its input's. With transformers' own
    N(0, 0.02²), which is meant for weights that will be trained, the tokens' differences drown in
    the frozen layers and LoRA learns nothing.
    """
    sizes = {theirs: model[ours] for ours, theirs in _names.items() if ours != "rope_theta"}
    if sizes["vocab_size"] is None:
        sizes["vocab_size"] = tokens
    _check_sizes(sizes, tokens)
    config = LlamaConfig(
        **sizes,
        rope_parameters={"rope_type": "default", "rope_theta": model["rope_theta"]},
        attention_dropout=0.0,
        max_position_embeddings=8192,
        # The data's own tokens; the recipe neither looks these up nor pads with them.
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=None,
    )
    llama: LlamaForCausalLM = LlamaForCausalLM(config)  # type: ignore[no-untyped-call]
    # Of its own, so that what was drawn before changes nothing; on the CPU, so that every device
    # gets the same weights.
    generator = torch.Generator().manual_seed(model["seed"])
    with torch.no_grad():
        for name, weight in llama.named_parameters():
            if weight.ndim < 2:
                continue  # the norms' gains stay at 1
            tied = config.tie_word_embeddings
            unit = name.endswith("embed_tokens.weight") and not tied
            weight.normal_(0, 1 if unit else weight.shape[1] ** -0.5, generator=generator)
    return _frozen(llama.to(dtype))  # type: ignore[arg-type]


def hub_base(
    model: Mapping[str, Any], snapshot: Path, name: str, dtype: torch.dtype = torch.float32
) -> LlamaForCausalLM:
    """The Llama whose config.json and weights are in the folder `snapshot`.

    Raises BadInput when the configured sizes are not the model's: they are part of what a run
    says about itself.
    """
    config = LlamaConfig.from_pretrained(snapshot)
    if config.model_type != "llama":
        raise BadInput(f"{name} is a {config.model_type}, not a Llama")
    differing = {ours: theirs for ours, theirs in sizes_of(config).items() if model[ours] != theirs}
    if differing:
        told = ", ".join(f"{ours} {model[ours]} (there {differing[ours]})" for ours in differing)
        lines = ", ".join(f"{ours}: {_yaml(value)}" for ours, value in differing.items())
        raise BadInput(
            f"the sizes in the section model are not those of {name}: {told}",
            remedy=f"write model: {{ {lines} }}",
        )
    llama = LlamaForCausalLM.from_pretrained(snapshot, dtype=dtype, local_files_only=True)
    return _frozen(llama)


def sizes_of(config: LlamaConfig) -> dict[str, Any]:
    """The sizes in a model's configuration, by our names."""
    rope = config.rope_parameters or {}
    values = {ours: getattr(config, theirs, None) for ours, theirs in _names.items()}
    return {**values, "rope_theta": rope.get("rope_theta")}


def _check_sizes(sizes: Mapping[str, Any], tokens: int) -> None:
    hidden, heads = sizes["hidden_size"], sizes["num_attention_heads"]
    if hidden % (2 * heads):
        raise BadInput(
            f"model.hidden_size {hidden} does not give {heads} heads of an even size",
            remedy="make it a multiple of 2 × model.heads",
        )
    if heads % sizes["num_key_value_heads"]:
        raise BadInput(
            f"model.heads {heads} is not a multiple of model.kv_heads"
            f" {sizes['num_key_value_heads']}"
        )
    if sizes["vocab_size"] < tokens:
        raise BadInput(
            f"model.vocabulary {sizes['vocab_size']} is less than the tokenizer's {tokens} tokens",
            remedy="raise it, or leave it null",
        )


def _frozen(llama: LlamaForCausalLM) -> LlamaForCausalLM:
    # Every call would otherwise build a cache of keys and values for a generation that never comes.
    llama.config.use_cache = False
    return llama.requires_grad_(False)


def _yaml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
