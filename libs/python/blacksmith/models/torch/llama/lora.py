"""LoRA: low-rank matrices beside a frozen model's, the only weights that are trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from peft import (
    LoraConfig,
    PeftModel,
    get_peft_model,
    get_peft_model_state_dict,
    set_peft_model_state_dict,
)
from torch import Tensor
from transformers import LlamaForCausalLM

from blacksmith.training.failure import BadInput


def add_lora(llama: LlamaForCausalLM, lora: Mapping[str, Any], seed: int) -> PeftModel:
    """`llama` with LoRA matrices that change nothing yet: B is zero, A is drawn from `seed`."""
    torch.manual_seed(seed)
    config = LoraConfig(
        r=lora["rank"],
        lora_alpha=lora["alpha"],
        lora_dropout=lora["dropout"],
        target_modules=list(lora["target_modules"]),
        task_type="CAUSAL_LM",
    )
    # PEFT keeps the matrices in float32 where the base is bfloat16: small updates would be lost.
    model = get_peft_model(llama, config)
    assert isinstance(model, PeftModel)
    return model


def lora_parameters(model: PeftModel) -> list[torch.nn.Parameter]:
    """What the optimizer trains."""
    return [weight for weight in model.parameters() if weight.requires_grad]


def lora_weights(model: PeftModel) -> dict[str, Tensor]:
    """A copy of the LoRA matrices on the CPU, by PEFT's names."""
    weights = get_peft_model_state_dict(model)
    return {name: weight.detach().cpu().clone() for name, weight in sorted(weights.items())}


def load_lora(model: PeftModel, weights: Mapping[str, Tensor]) -> None:
    """The inverse; raises BadInput when these are not the matrices of this model."""
    present = get_peft_model_state_dict(model)
    expected = {name: weight.shape for name, weight in present.items()}
    given = {name: weight.shape for name, weight in weights.items()}
    if given != expected:
        differing = sorted(n for n in expected.keys() | given if expected.get(n) != given.get(n))
        raise BadInput(
            f"the LoRA weights are not of this model: {len(differing)} matrices differ,"
            f" the first is {differing[0]}",
            remedy="train again with the sizes and target modules of this configuration",
        )
    set_peft_model_state_dict(model, dict(weights))


def plain_llama(model: PeftModel) -> LlamaForCausalLM:
    """The Llama inside, whose matrices have LoRA beside them."""
    llama = model.get_base_model()
    assert isinstance(llama, LlamaForCausalLM)
    return llama
