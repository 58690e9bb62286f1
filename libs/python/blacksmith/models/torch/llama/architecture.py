"""The shape of a Llama, by our names and by those of a model's config.json, and one drawn anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM

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


def random_llama(sizes: Mapping[str, Any], vocabulary: int, seed: int) -> LlamaForCausalLM:
    """A Llama of the given sizes whose weights are a function of `seed`.

    The embedding has unit variance and every matrix keeps its input's. With transformers' own
    N(0, 0.02²), which is meant for weights that will be trained for long, the tokens' differences
    drown in the layers where these stay frozen.
    """
    theirs = {
        name: sizes[ours]
        for ours, name in _names.items()
        if ours not in ("rope_theta", "vocabulary")
    }
    config = LlamaConfig(
        **theirs,
        vocab_size=vocabulary,
        rope_parameters={"rope_type": "default", "rope_theta": sizes["rope_theta"]},
        attention_dropout=0.0,
        max_position_embeddings=8192,
        # The data's own tokens; nothing here looks these up or pads with them.
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=None,
    )
    untyped: Any = LlamaForCausalLM
    llama: LlamaForCausalLM = untyped(config)
    # Of its own, so that what was drawn before changes nothing; on the CPU, so that every device
    # gets the same weights.
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in llama.named_parameters():
            if weight.ndim < 2:
                continue  # the norms' gains stay at 1
            unit = name.endswith("embed_tokens.weight") and not config.tie_word_embeddings
            weight.normal_(0, 1 if unit else weight.shape[1] ** -0.5, generator=generator)
    return llama


def sizes_of(config: LlamaConfig) -> dict[str, Any]:
    """The sizes in a model's configuration, by our names."""
    rope = config.rope_parameters or {}
    values = {ours: getattr(config, name, None) for ours, name in _names.items()}
    return {**values, "rope_theta": rope.get("rope_theta")}
