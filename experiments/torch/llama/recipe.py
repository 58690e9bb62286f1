"""Teaches a frozen Llama to answer with a label, by LoRA: a plain torch loop."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from peft import PeftModel
from tokenizers import Tokenizer
from torch import Tensor

from blacksmith.backends.torch_devices import (
    compile_for,
    device_of,
    finish_step,
    has_fused_optimizers,
    wants_fixed_shapes,
)
from blacksmith.datasets.sst2.evaluation import evaluate_answers
from blacksmith.datasets.sst2.loading import Prepared, read_prepared, read_split
from blacksmith.datasets.sst2.snapshot import prepared_base, snapshot_of
from blacksmith.datasets.sst2.torch_rows import TorchRows
from blacksmith.models.torch.llama.answers import generate_answers, label_log_likelihoods
from blacksmith.models.torch.llama.base import random_base, stored_base
from blacksmith.models.torch.llama.lora import (
    add_lora,
    load_lora,
    lora_parameters,
    lora_weights,
    plain_llama,
)
from blacksmith.models.torch.llama.losses import answer_losses
from blacksmith.training import Context
from blacksmith.training.torch_state import IndexChunks, load_model, save_model

if TYPE_CHECKING:
    from parameters import EvaluateParameters, Parameters, Training, TrainParameters


def train(ctx: Context[TrainParameters]) -> None:
    """Trains, keeps the epoch with the best validation accuracy, saves its LoRA and final state."""
    settings = ctx.config.training
    device = device_of(ctx.device)
    data = read_prepared(ctx.data, "train", "validation")
    rows, validation = (
        TorchRows(data.rows[split], device, settings.loading) for split in ("train", "validation")
    )
    steps_per_epoch = math.ceil(len(rows) / settings.batch_size)
    total_steps = settings.epochs * steps_per_epoch
    cosine = settings.schedule == "cosine"
    state = ctx.resume(at_most=total_steps, horizon=total_steps if cosine else None)

    model = build_model(ctx, data).to(device)
    if settings.gradient_checkpointing:
        # Not reentrant: the reentrant kind wants gradients at the frozen embedding's output.
        options = {"use_reentrant": False}
        plain_llama(model).gradient_checkpointing_enable(gradient_checkpointing_kwargs=options)
    compile_for(ctx.device, plain_llama(model).model)
    weights = lora_parameters(model)
    optimizer = torch.optim.AdamW(
        weights,
        lr=settings.learning_rate,
        weight_decay=settings.weight_decay,
        fused=has_fused_optimizers(ctx.device),
    )
    # The order of the sentences is a function of seed and epoch, so its position is all to keep.
    order = IndexChunks(len(rows), settings.batch_size, steps=1, seed=ctx.seed)
    step, best_accuracy, best = 0, -1.0, lora_weights(model)
    if state is not None:
        load_lora(model, state["lora"])
        optimizer.load_state_dict(state["optimizer"])
        order.load_state_dict(state["order"])
        step, best_accuracy, best = state["step"], state["best_accuracy"], state["best"]

    def checkpoint_state() -> dict[str, Any]:
        return {
            "step": step,
            "lora": lora_weights(model),
            "optimizer": optimizer.state_dict(),
            "order": order.state_dict(),
            "best_accuracy": best_accuracy,
            "best": best,
        }

    model.train()
    ctx.restore_random(state)
    ctx.try_saving(checkpoint_state, lambda file: save_model(file, lora_weights(model)))
    first_epoch = order.epoch + (order.position >= len(rows))
    for epoch in range(first_epoch, settings.epochs):
        for batch in order:
            set_learning_rate(optimizer, learning_rate(settings, step, total_steps))
            loss = accumulate_gradients(ctx, model, rows, batch)
            norm = torch.nn.utils.clip_grad_norm_(weights, settings.gradient_clip)
            optimizer.step()
            optimizer.zero_grad()
            finish_step(ctx.device)
            step += 1
            values = ctx.require_finite({"loss": loss, "gradient_norm": norm}, step)
            ctx.log(values, step, epoch + 1)
            ctx.progress(
                step,
                total_steps,
                epoch=epoch + 1,
                epochs=settings.epochs,
                items_per_step=settings.batch_size * rows.mean_length,
                unit="tokens",
                loss=values["loss"],
            )
            if order.position < len(rows):  # after an epoch's last step validation is to come
                ctx.checkpoint_when_due(step, checkpoint_state)

        ctx.doing("validating")
        accuracy, answer_loss = validate(ctx, model, validation, data.answers)
        ctx.log({"accuracy": accuracy, "loss": answer_loss}, step, epoch + 1, split="validation")
        if accuracy > best_accuracy:  # of equal ones the earlier
            best_accuracy, best = accuracy, lora_weights(model)
        if step < total_steps:
            ctx.checkpoint_when_due(step, checkpoint_state)

    save_model(ctx.output / "model.safetensors", best)
    ctx.save_final(step, checkpoint_state())


def evaluate(ctx: Context[EvaluateParameters]) -> dict[str, float]:
    """Accuracy on the test split, which training never saw: by likelihood, and by generation."""
    device = device_of(ctx.device)
    data = read_prepared(ctx.data, "test")
    test = TorchRows(data.rows["test"], device, ctx.config.evaluation.loading)
    model = build_model(ctx, data)
    load_lora(model, load_model(ctx.model))
    # Merged, the model has the plain one's speed.
    llama: Any = model.merge_and_unload().to(device).eval()
    compile_for(ctx.device, llama.model)
    trim = not wants_fixed_shapes(ctx.device)
    longest = max(len(answer) for answer in data.answers)
    tokenizer = Tokenizer.from_file(str(ctx.data / "tokenizer.json"))
    likelihoods: list[Tensor] = []
    generated: list[str] = []
    with torch.no_grad(), computing_in(ctx):
        for batch in in_order(len(test), ctx.config.evaluation.batch_size):
            prompts, lengths = test.prompts(batch)
            scores = label_log_likelihoods(llama, prompts, lengths, data.answers, trim=trim)
            likelihoods.append(scores.cpu())
            eos = data.specials.eos
            answers = generate_answers(llama, prompts, lengths, longest, eos, trim=trim)
            generated += [tokenizer.decode(ids).strip() for ids in answers]
            ctx.progress(len(generated), len(test), unit="sentences")
    return evaluate_answers(
        read_split(ctx.data, "test"),
        data.labels,
        torch.cat(likelihoods).numpy().astype(np.float64),
        generated,
        ctx.output,
    )


def build_model(ctx: Context[Parameters], data: Prepared) -> PeftModel:
    """The frozen base with LoRA that changes nothing yet."""
    settings = ctx.config.model
    dtype = torch.bfloat16 if precision(ctx) == "bfloat16" else torch.float32
    match settings.weights:
        case "hub":
            snapshot, name = snapshot_of(data.hub)
            base = stored_base(settings, snapshot, name, dtype)
        case "prepared":
            base = stored_base(settings, prepared_base(ctx.data), "dataset.base", dtype)
        case _:
            base = random_base(settings, data.vocabulary, dtype)
    return add_lora(base, settings.lora, ctx.seed)


def accumulate_gradients(
    ctx: Context[TrainParameters], model: PeftModel, rows: TorchRows, batch: Tensor
) -> Tensor:
    """Adds up the gradients of a batch's mean loss over its answer tokens, and returns that loss.

    The mean is over the whole batch, not one over the means of its parts: those with longer
    answers would otherwise count less.
    """
    tokens, places, present = rows.answers(batch)
    answer_tokens = int(present.sum())
    total = torch.zeros((), device=tokens.device)
    size = ctx.config.training.micro_batch or len(batch)
    pieces = zip(tokens.split(size), places.split(size), present.split(size), strict=True)
    for sentences, columns, counted in pieces:
        end = None if wants_fixed_shapes(ctx.device) else int(columns.max()) + 1
        with computing_in(ctx):
            losses = answer_losses(plain_llama(model), sentences[:, :end], columns, counted)
        loss = losses.sum() / answer_tokens
        loss.backward()
        total += loss.detach()
        finish_step(ctx.device)
    return total


def validate(
    ctx: Context[TrainParameters], model: PeftModel, rows: TorchRows, answers: list[list[int]]
) -> tuple[float, float]:
    """Share of sentences whose own label is the likeliest, and the mean loss of answer tokens."""
    model.eval()
    llama, trim = plain_llama(model), not wants_fixed_shapes(ctx.device)
    likelihoods = []
    with torch.no_grad(), computing_in(ctx):
        for batch in in_order(len(rows), ctx.config.training.validation_batch):
            prompts, lengths = rows.prompts(batch)
            scores = label_log_likelihoods(llama, prompts, lengths, answers, trim=trim)
            likelihoods.append(scores)
            finish_step(ctx.device)
    model.train()
    scores = torch.cat(likelihoods)
    right = scores.argmax(1) == rows.labels
    of_truth = scores.gather(1, rows.labels[:, None])
    return float(right.float().mean()), float(-of_truth.sum()) / rows.answer_tokens


def learning_rate(settings: Training, step: int, total_steps: int) -> float:
    """Rises over the warm-up; then stays, falls like 1/√step, or along a half cosine to zero."""
    rate: float = settings.learning_rate * min(1.0, (step + 1) / settings.warmup_steps)
    match settings.schedule:
        case "inverse-root":
            return rate / math.sqrt(1 + step / settings.decay_steps)
        case "cosine":
            return rate * 0.5 * (1 + math.cos(math.pi * step / total_steps))
    return rate


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """For the next step."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def computing_in(ctx: Context[Parameters]) -> torch.autocast:
    """Matrix products in bfloat16 where that is asked for; sums and LoRA weights stay float32."""
    device = device_of(ctx.device)
    return torch.autocast(device.type, torch.bfloat16, enabled=precision(ctx) == "bfloat16")


def precision(ctx: Context[Parameters]) -> str:
    """Training and evaluation have a section each, and see only their own."""
    section = ctx.config.get("training") or ctx.config["evaluation"]
    return str(section["precision"])


def in_order(count: int, size: int) -> tuple[Tensor, ...]:
    """The numbers of a split's rows, in batches."""
    batches: tuple[Tensor, ...] = torch.arange(count).split(size)
    return batches
