"""LoRA: low-rank matrices beside a frozen model's, the only weights that are trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from blacksmith.models.torch.causal_lm.architecture import output_matrix
from blacksmith.training.failure import BadInput


def add_lora(model: PreTrainedModel, lora: Mapping[str, Any], seed: int) -> PeftModel:
    """`model` with LoRA matrices that change nothing yet: B is zero, A is drawn from `seed`.

    Raises BadInput for a target module that the model does not have.
    """
    torch.manual_seed(seed)
    config = LoraConfig(
        r=lora["rank"],
        lora_alpha=lora["alpha"],
        lora_dropout=lora["dropout"],
        target_modules=targets(model, lora["target_modules"]),
        task_type="CAUSAL_LM",
    )
    # PEFT keeps the matrices in float32 where the base is bfloat16: small updates would be lost.
    adapted = get_peft_model(model, config)
    assert isinstance(adapted, PeftModel)
    return adapted


def targets(model: PreTrainedModel, wanted: list[str] | None) -> list[str]:
    """The names of the matrices that get LoRA; None: all of the decoder's layers."""
    head = output_matrix(model)
    names = {
        name.rpartition(".")[2]
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear | Conv1D) and module is not head
    }
    missing = [name for name in wanted or () if name not in names]
    if missing:
        raise BadInput(
            f"model.lora.target_modules: a {model.config.model_type} has no {', '.join(missing)}",
            remedy=f"its matrices are {', '.join(sorted(names))}; null means all of them",
        )
    return sorted(names) if wanted is None else list(wanted)
