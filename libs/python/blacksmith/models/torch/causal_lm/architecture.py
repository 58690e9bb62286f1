"""The shape of a causal language model, and one whose weights are drawn anew."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import torch
from huggingface_hub.errors import StrictDataclassError
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedConfig, PreTrainedModel
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from blacksmith.models.torch.causal_lm.logits import look_for_shortcut
from blacksmith.training.failure import BadInput

# By our names and by those that most architectures have in their config.json.
_names = {
    "hidden_size": "hidden_size",
    "intermediate_size": "intermediate_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "kv_heads": "num_key_value_heads",
    "vocabulary": "vocab_size",
    "tie_embeddings": "tie_word_embeddings",
}

# What transformers raises for a configuration or weights that it cannot make a model of.
unloadable = (
    StrictDataclassError,
    ValueError,
    TypeError,
    RuntimeError,
    OSError,
    KeyError,
    AttributeError,
)


def random_causal_lm(sizes: Mapping[str, Any], vocabulary: int, seed: int) -> PreTrainedModel:
    """A model of the given architecture and sizes whose weights are a function of `seed`.

    The embedding has unit variance and every matrix keeps its input's. With transformers' own
    N(0, 0.02²), which is meant for weights that will be trained for long, the tokens' differences
    drown in the layers where these stay frozen.

    Raises BadInput for an architecture that transformers does not know, or sizes that do not fit.
    """
    architecture = sizes["architecture"]
    check_architecture(architecture, "model.architecture")
    fields = {name: sizes[ours] for ours, name in _names.items() if ours != "vocabulary"}
    fields |= {"vocab_size": vocabulary, "attention_dropout": 0.0, "max_position_embeddings": 8192}
    # Architectures with several position encodings keep their own; `config` may name others.
    if "rope_theta" in (getattr(AutoConfig.for_model(architecture), "rope_parameters", {}) or {}):
        fields["rope_parameters"] = {"rope_type": "default", "rope_theta": sizes["rope_theta"]}
    # The data's own tokens; nothing here looks these up or pads with them.
    fields |= {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
    untyped: Any = AutoModelForCausalLM
    try:
        config = AutoConfig.for_model(architecture, **{**fields, **sizes["config"]})
        # What the architecture draws by itself, and what of it stays, is a function of the seed.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model: PreTrainedModel = untyped.from_config(config)
    except unloadable as error:
        why = " ".join(str(error).split())
        raise BadInput(
            f"the sizes in the section model make no {architecture}: {why}",
            remedy="change them, or add under model.config what this architecture wants, by the"
            " names of its config.json",
        ) from None
    # Of its own, so that what was drawn before changes nothing; on the CPU, so that every device
    # gets the same weights.
    generator = torch.Generator().manual_seed(seed)
    embedding = input_matrix(model)
    tied = embedding is output_matrix(model).weight
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim < 2:
                continue  # gains and biases stay as the architecture has them
            unit = weight is embedding and not tied
            weight.normal_(0, 1 if unit else weight.shape[1] ** -0.5, generator=generator)
    look_for_shortcut(model)
    return model


def output_matrix(model: PreTrainedModel) -> torch.nn.Linear:
    """What turns the last hidden states into logits."""
    untyped: Any = model
    head = untyped.get_output_embeddings()
    assert isinstance(head, torch.nn.Linear)
    return head


def input_matrix(model: PreTrainedModel) -> Tensor:
    """The embedding of its tokens, (vocabulary, hidden size)."""
    untyped: Any = model
    weight: Tensor = untyped.get_input_embeddings().weight
    return weight


def check_architecture(architecture: str, where: str) -> None:
    """Raises BadInput for one that is no causal language model of transformers."""
    known = MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    if architecture in known:
        return
    near = get_close_matches(architecture, known, 3)
    raise BadInput(
        f"{where}: transformers has no causal language model of the architecture {architecture}",
        remedy=f"do you mean {' or '.join(near)}?"
        if near
        else "name it as config.json does under model_type: llama, qwen3, gemma3_text, phi3, …",
    )


def sizes_of(config: PreTrainedConfig) -> dict[str, Any]:
    """The sizes in a model's configuration, by our names."""
    values = {ours: getattr(config, name, None) for ours, name in _names.items()}
    rope = getattr(config, "rope_parameters", None) or {}
    theta = {"rope_theta": rope["rope_theta"]} if "rope_theta" in rope else {}
    return {"architecture": config.model_type, **values, **theta}
