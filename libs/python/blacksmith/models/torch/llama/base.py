"""The frozen base of a Llama: weights drawn from a seed, or those that stand in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from blacksmith.models.torch.llama.architecture import random_llama, sizes_of
from blacksmith.training.failure import BadInput


def random_base(
    model: Mapping[str, Any], tokens: int, dtype: torch.dtype = torch.float32
) -> LlamaForCausalLM:
    """A Llama of the configured sizes with weights drawn from `model.seed`, for `tokens` tokens."""
    vocabulary = tokens if model["vocabulary"] is None else model["vocabulary"]
    if vocabulary < tokens:
        raise BadInput(
            f"model.vocabulary {vocabulary} is less than the tokenizer's {tokens} tokens",
            remedy="raise it, or leave it null",
        )
    llama: Any = random_llama(model, vocabulary, model["seed"])
    return _frozen(llama.to(dtype))


def stored_base(
    model: Mapping[str, Any], folder: Path, name: str, dtype: torch.dtype = torch.float32
) -> LlamaForCausalLM:
    """The Llama whose config.json and weights are in `folder`; `name` is for messages.

    Raises BadInput when the configured sizes are not the model's: they are part of what a run
    says about itself. A vocabulary of null is any.
    """
    config = LlamaConfig.from_pretrained(folder)
    if config.model_type != "llama":
        raise BadInput(f"{name} is a {config.model_type}, not a Llama")
    differing = {
        ours: size
        for ours, size in sizes_of(config).items()
        if model[ours] != size and not (ours == "vocabulary" and model[ours] is None)
    }
    if differing:
        sizes = ", ".join(f"{ours} {model[ours]} (there {differing[ours]})" for ours in differing)
        lines = ", ".join(f"{ours}: {_yaml(value)}" for ours, value in differing.items())
        raise BadInput(
            f"the sizes in the section model are not those of {name}: {sizes}",
            remedy=f"write model: {{ {lines} }}",
        )
    llama = LlamaForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True)
    return _frozen(llama)


def _frozen(llama: LlamaForCausalLM) -> LlamaForCausalLM:
    # Every call would otherwise build a cache of keys and values for a generation that never comes.
    llama.config.use_cache = False
    return llama.requires_grad_(False)


def _yaml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
