"""LoRA as transformers' own Trainer with PEFT does it: what torch-llama is measured beside.

An ordinary script, tuned as its user would: rows are padded to the longest of a batch only, the
optimizer is the fused one, bfloat16 and TF32 are on where they are asked for, the data loader has
workers and pinned memory on a GPU, and nothing is logged, saved or evaluated on the way. Logits are
computed for all tokens, as the Trainer's loss wants them.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import PreTrainedModel, Trainer, TrainerCallback, TrainingArguments

ignored = -100  # what the Trainer's loss passes over


@dataclass(frozen=True)
class Sentence:
    """Tokens and labels of a row without its padding, (length,) int64."""

    tokens: Tensor
    labels: Tensor


def train_with_trainer(
    model: PreTrainedModel,
    sentences: Sequence[Sentence],
    config: Any,
    *,
    micro_batch: int,
    warm_up: int,
    on_gpu: bool,
) -> float:
    """Seconds of the steps behind the first `warm_up` ones, over all sentences in their order.

    `config` has the `model` and the `training` of torch-llama.
    """
    training, lora = config.training, config.model.lora
    adapters = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=lora.target_modules or "all-linear",
        task_type="CAUSAL_LM",
    )
    steps = len(sentences) // training.batch_size
    clock = _Clock(warm_up, steps, on_gpu)
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            max_steps=steps,
            per_device_train_batch_size=micro_batch,
            gradient_accumulation_steps=training.batch_size // micro_batch,
            learning_rate=training.learning_rate,
            lr_scheduler_type="inverse_sqrt",
            warmup_steps=training.warmup_steps,
            weight_decay=training.weight_decay,
            max_grad_norm=training.gradient_clip,
            optim="adamw_torch_fused",
            bf16=training.precision == "bfloat16",
            tf32=True if on_gpu else None,
            use_cpu=not on_gpu,
            dataloader_num_workers=2 if on_gpu else 0,
            dataloader_pin_memory=on_gpu,
            train_sampling_strategy="sequential",
            remove_unused_columns=False,
            logging_strategy="no",
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        )
        trainer: Any = Trainer(
            model=get_peft_model(model, adapters),
            args=arguments,
            train_dataset=_as_dataset(sentences),
            data_collator=_collate,
            callbacks=[clock],
        )
        trainer.train()
    return clock.ended - clock.began


def _as_dataset(sentences: Sequence[Sentence]) -> Any:
    # Whatever has a length and items will do.
    return list(sentences)


def _collate(sentences: Sequence[Sentence]) -> dict[str, Tensor]:
    tokens = [sentence.tokens for sentence in sentences]
    ones = [torch.ones_like(each) for each in tokens]
    labels = [sentence.labels for sentence in sentences]
    return {
        "input_ids": pad_sequence(tokens, batch_first=True),
        "attention_mask": pad_sequence(ones, batch_first=True),
        "labels": pad_sequence(labels, batch_first=True, padding_value=ignored),
    }


class _Clock(TrainerCallback):
    def __init__(self, warm_up: int, steps: int, on_gpu: bool) -> None:
        self.warm_up, self.steps, self.on_gpu = warm_up, steps, on_gpu
        self.began = self.ended = 0.0

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step not in (self.warm_up, self.steps):
            return
        if self.on_gpu:
            torch.cuda.synchronize()
        self.began, self.ended = self.ended, time.perf_counter()
