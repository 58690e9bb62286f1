"""The weights that a training begins with: drawn from a seed, or those that stand in a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from blacksmith.models.torch.causal_lm.architecture import (
    check_architecture,
    input_matrix,
    random_causal_lm,
    sizes_of,
    unloadable,
)
from blacksmith.models.torch.causal_lm.logits import look_for_shortcut
from blacksmith.models.torch.causal_lm.weight_files import check_weights
from blacksmith.training.failure import BadInput


def random_base(
    model: Mapping[str, Any], tokens: int, dtype: torch.dtype = torch.float32
) -> PreTrainedModel:
    """One of the configured sizes with weights drawn from `model.seed`, for `tokens` tokens."""
    vocabulary = tokens if model["vocabulary"] is None else model["vocabulary"]
    if vocabulary < tokens:
        raise BadInput(
            f"model.vocabulary {vocabulary} is less than the tokenizer's {tokens} tokens",
            remedy="raise it, or leave it null",
        )
    drawn: Any = random_causal_lm(model, vocabulary, model["seed"])
    return _frozen(drawn.to(dtype))


def stored_base(
    folder: Path,
    name: str,
    tokens: int,
    dtype: torch.dtype = torch.float32,
    sizes: Mapping[str, Any] | None = None,
) -> PreTrainedModel:
    """The model whose config.json and weights are in `folder`; `name` is for messages.

    Raises BadInput when these are no whole causal language model for so many tokens, or not of
    the given `sizes`, of which a vocabulary of null is any.
    """
    check_architecture(_model_type(folder / "config.json"), name)
    check_weights(folder)
    untyped: Any = AutoModelForCausalLM
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        config.name_or_path = ""  # where the folder lies says nothing
        if sizes is not None:
            _check_sizes(sizes, sizes_of(config), name)
        model, loaded = untyped.from_pretrained(
            folder, config=config, dtype=dtype, local_files_only=True, output_loading_info=True
        )
    except unloadable as error:
        what = " ".join(str(error).split())
        raise BadInput(f"{name} in {folder} cannot be loaded: {what}") from None
    # transformers would draw them at random.
    lacking = sorted(loaded["missing_keys"])
    if lacking:
        raise BadInput(
            f"{folder} lacks {len(lacking)} of the weights that its config.json asks for,"
            f" the first is {lacking[0]}",
            remedy="copy the model anew; config.json and weights are of two models",
        )
    rows = input_matrix(model).shape[0]
    if rows < tokens:
        raise BadInput(
            f"{name} has an embedding of {rows} rows, and its tokenizer {tokens} tokens",
            remedy="give the model the tokenizer that it was trained with",
        )
    look_for_shortcut(model)
    return _frozen(model)


def _frozen(model: PreTrainedModel) -> PreTrainedModel:
    # Every call would otherwise build a cache of keys and values for a generation that never comes.
    model.config.use_cache = False
    model.train(False)
    model.requires_grad_(False)
    return model


def _model_type(file: Path) -> str:
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if (file.parent / "adapter_config.json").is_file():
            raise BadInput(
                f"{file.parent} holds an adapter without the model that it belongs to",
                remedy="train it with model.merge: true, which saves the whole model, or merge it"
                " with PEFT",
            ) from None
        raise BadInput(
            f"{file.parent} holds no config.json",
            remedy="give a folder in the hub's layout: config.json, tokenizer.json,"
            " model.safetensors",
        ) from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{file} is not JSON: {error}") from None
    kind = config.get("model_type") if isinstance(config, dict) else None
    if not isinstance(kind, str):
        raise BadInput(f"{file} names no model_type")
    return kind


def _check_sizes(wanted: Mapping[str, Any], found: Mapping[str, Any], name: str) -> None:
    differing = {
        ours: size
        for ours, size in found.items()
        if wanted[ours] != size and not (ours == "vocabulary" and wanted[ours] is None)
    }
    if differing:
        sizes = ", ".join(f"{ours} {wanted[ours]} (there {differing[ours]})" for ours in differing)
        lines = ", ".join(f"{ours}: {_yaml(value)}" for ours, value in differing.items())
        raise BadInput(
            f"the sizes in the section model are not those of {name}: {sizes}",
            remedy=f"write model: {{ {lines} }}",
        )


def _yaml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
