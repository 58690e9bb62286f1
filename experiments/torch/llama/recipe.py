"""Teaches a causal language model to answer with a label: a plain torch loop."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import PreTrainedModel

from blacksmith.backends.torch_devices import (
    compile_for,
    device_of,
    finish_step,
    has_fused_optimizers,
    wants_fixed_shapes,
)
from blacksmith.datasets.sst2.evaluation import evaluate_answers
from blacksmith.datasets.sst2.loading import Prepared, read_prepared, read_split
from blacksmith.datasets.sst2.retokenized import retokenize
from blacksmith.datasets.sst2.snapshot import prepared_base, snapshot_of
from blacksmith.datasets.sst2.torch_rows import TorchRows
from blacksmith.models.torch.causal_lm.answers import generate_answers, label_log_likelihoods
from blacksmith.models.torch.causal_lm.base import random_base, stored_base
from blacksmith.models.torch.causal_lm.hub_layout import write_adapter_config, write_model_config
from blacksmith.models.torch.causal_lm.losses import answer_losses
from blacksmith.models.torch.causal_lm.tuning import Tuned, load_whole, whole_weights
from blacksmith.training import Context
from blacksmith.training.torch_state import IndexChunks, load_model, save_model

if TYPE_CHECKING:
    from parameters import EvaluateParameters, Parameters, Training, TrainParameters


def train(ctx: Context[TrainParameters]) -> None:
    """Trains, keeps the epoch with the best validation accuracy, saves it and the final state."""
    settings = ctx.config.training
    device = device_of(ctx.device)
    data = read_data(ctx, "train", "validation")
    rows, validation = (
        TorchRows(data.rows[split], device, settings.loading) for split in ("train", "validation")
    )
    steps_per_epoch = math.ceil(len(rows) / settings.batch_size)
    total_steps = settings.epochs * steps_per_epoch
    cosine = settings.schedule == "cosine"
    state = ctx.resume(at_most=total_steps, horizon=total_steps if cosine else None)

    tuned = build_model(ctx, data)
    model = tuned.to(device)
    if settings.gradient_checkpointing:
        # Not reentrant: the reentrant kind wants gradients at the frozen embedding's output.
        options = {"use_reentrant": False}
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs=options)
    compile_for(ctx.device, model.base_model)
    weights = tuned.parameters
    optimizer = torch.optim.AdamW(
        weights,
        lr=settings.learning_rate,
        weight_decay=settings.weight_decay,
        fused=has_fused_optimizers(ctx.device),
    )
    # The order of the sentences is a function of seed and epoch, so its position is all to keep.
    order = IndexChunks(len(rows), settings.batch_size, steps=1, seed=ctx.seed)
    step, best_accuracy, best = 0, -1.0, tuned.weights()
    if state is not None:
        tuned.load(state["weights"])
        optimizer.load_state_dict(state["optimizer"])
        order.load_state_dict(state["order"])
        step, best_accuracy, best = state["step"], state["best_accuracy"], state["best"]

    def checkpoint_state() -> dict[str, Any]:
        return {
            "step": step,
            "weights": tuned.weights(),
            "optimizer": optimizer.state_dict(),
            "order": order.state_dict(),
            "best_accuracy": best_accuracy,
            "best": best,
        }

    tuned.train()
    ctx.restore_random(state)
    ctx.try_saving(checkpoint_state, lambda file: save_model(file, tuned.weights()))
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
            best_accuracy, best = accuracy, tuned.weights()
        if step < total_steps:
            ctx.checkpoint_when_due(step, checkpoint_state)

    ctx.save_final(step, checkpoint_state())
    tuned.load(best)
    save(ctx, tuned, data)


def evaluate(ctx: Context[EvaluateParameters]) -> dict[str, float]:
    """Accuracy on the test split, which training never saw: by likelihood, and by generation."""
    device = device_of(ctx.device)
    data = read_data(ctx, "test")
    test = TorchRows(data.rows["test"], device, ctx.config.evaluation.loading)
    tuned = build_model(ctx, data)
    if is_whole(ctx):
        load_whole(tuned.merged(), load_model(ctx.model))
    else:
        tuned.load(load_model(ctx.model))
    # Merged, the model has the plain one's speed.
    tuned.merged()
    tuned.train(False)
    model = tuned.to(device)
    compile_for(ctx.device, model.base_model)
    trim = not wants_fixed_shapes(ctx.device)
    longest = max(len(answer) for answer in data.answers)
    tokenizer = Tokenizer.from_file(str(tokenizer_folder(ctx) / "tokenizer.json"))
    likelihoods: list[Tensor] = []
    generated: list[str] = []
    with torch.no_grad(), computing_in(ctx):
        for batch in in_order(len(test), ctx.config.evaluation.batch_size):
            prompts, lengths = test.prompts(batch)
            scores = label_log_likelihoods(model, prompts, lengths, data.answers, trim=trim)
            likelihoods.append(scores.cpu())
            eos = data.specials.eos
            answers = generate_answers(model, prompts, lengths, longest, eos, trim=trim)
            generated += [tokenizer.decode(ids).strip() for ids in answers]
            ctx.progress(len(generated), len(test), unit="sentences")
    return evaluate_answers(
        read_split(ctx.data, "test"),
        data.labels,
        torch.cat(likelihoods).numpy().astype(np.float64),
        generated,
        ctx.output,
    )


def read_data(ctx: Context[Parameters], *splits: str) -> Prepared:
    """The prepared splits, in the tokens of the model that begins."""
    folder = ctx.config.model.path
    if folder is None:
        return read_prepared(ctx.data, *splits)
    return retokenize(ctx.data, Path(folder), ctx.config.dataset, *splits)


def build_model(ctx: Context[Parameters], data: Prepared) -> Tuned:
    """What the training begins with, and which of its weights learn."""
    settings, tokens = ctx.config.model, data.vocabulary
    keeps = settings.tuning == "lora" and precision(ctx) == "bfloat16"
    dtype = torch.bfloat16 if keeps else torch.float32
    if settings.path is not None:
        base = stored_base(Path(settings.path), "model.path", tokens, dtype)
        return Tuned(base, settings, ctx.seed)
    match settings.weights:
        case "hub":
            snapshot, name = snapshot_of(data.hub)
            base = stored_base(snapshot, name, tokens, dtype)
        case "prepared":
            folder = prepared_base(ctx.data)
            base = stored_base(folder, "dataset.base", tokens, dtype, settings)
        case _:
            base = random_base(settings, tokens, dtype)
    return Tuned(base, settings, ctx.seed)


def save(ctx: Context[TrainParameters], tuned: Tuned, data: Prepared) -> None:
    """model.safetensors, and what makes the hub's tools read the folder."""
    if is_whole(ctx):
        model = tuned.merged()
        save_model(ctx.output / "model.safetensors", whole_weights(model))
        write_model_config(ctx.output, model, tokenizer_folder(ctx))
        return
    weights = tuned.weights()
    save_model(ctx.output / "model.safetensors", weights)
    if tuned.lora is not None:
        save_model(ctx.output / "adapter_model.safetensors", weights)
        from_hub = ctx.config.model.path is None and ctx.config.model.weights == "hub"
        name = data.hub["model"] if data.hub and from_hub else None
        write_adapter_config(ctx.output, tuned.lora, name)


def is_whole(ctx: Context[Parameters]) -> bool:
    """Whether model.safetensors holds all weights, and not only those that learnt."""
    return ctx.config.model.merge or ctx.config.model.tuning == "full"


def tokenizer_folder(ctx: Context[Parameters]) -> Path:
    """Where the files of the model's tokenizer lie."""
    return ctx.data if ctx.config.model.path is None else Path(ctx.config.model.path)


def accumulate_gradients(
    ctx: Context[TrainParameters], model: PreTrainedModel, rows: TorchRows, batch: Tensor
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
            losses = answer_losses(model, sentences[:, :end], columns, counted)
        loss = losses.sum() / answer_tokens
        loss.backward()
        total += loss.detach()
        finish_step(ctx.device)
    return total


def validate(
    ctx: Context[TrainParameters], model: PreTrainedModel, rows: TorchRows, answers: list[list[int]]
) -> tuple[float, float]:
    """Share of sentences whose own label is the likeliest, and the mean loss of answer tokens."""
    model.train(False)
    trim = not wants_fixed_shapes(ctx.device)
    likelihoods = []
    with torch.no_grad(), computing_in(ctx):
        for batch in in_order(len(rows), ctx.config.training.validation_batch):
            prompts, lengths = rows.prompts(batch)
            scores = label_log_likelihoods(model, prompts, lengths, answers, trim=trim)
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
    """Matrix products in bfloat16 where that is asked for; sums and what learns stay float32."""
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
