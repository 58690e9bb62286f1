"""Trains a small GPT to foretell the next token of a text: a plain torch loop."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F

from blacksmith.backends.torch_devices import (
    compile_for,
    device_of,
    finish_step,
    has_fused_optimizers,
)
from blacksmith.datasets.text.evaluation import evaluate_text
from blacksmith.datasets.text.prepared import Prepared, read_prepared
from blacksmith.datasets.text.torch_text import TorchText, epoch_begins, rows_in, scoring_rows
from blacksmith.models.torch.gpt import GPT
from blacksmith.training import Context
from blacksmith.training.codec import State
from blacksmith.training.torch_best import Best
from blacksmith.training.torch_state import (
    IndexChunks,
    Stateful,
    capture,
    load_model,
    restore,
    save_model,
)

if TYPE_CHECKING:
    from parameters import EvaluateParameters, Parameters, Training, TrainParameters


def train(ctx: Context[TrainParameters]) -> None:
    """Trains, keeps the epoch with the lowest validation loss, saves model and final state."""
    settings, device = ctx.config.training, device_of(ctx.device)
    data = read_prepared(ctx.data, "train", "validation")
    text, validation = (as_rows(ctx, data, part) for part in ("train", "validation"))
    rows = rows_in(len(text), ctx.config.model.context)
    steps_per_epoch = math.ceil(rows / settings.batch_size)
    total_steps = settings.epochs * steps_per_epoch
    cosine = settings.schedule == "cosine"
    state = ctx.resume(at_most=total_steps, horizon=total_steps if cosine else None)

    model = make_model(ctx, data).to(device)
    compile_for(ctx.device, model)
    optimizer = torch.optim.AdamW(
        groups_of(model, settings.weight_decay),
        lr=settings.learning_rate,
        betas=(0.9, 0.95),
        fused=has_fused_optimizers(ctx.device),
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate_factor(settings, total_steps))
    order = IndexChunks(rows, settings.batch_size, steps=1, seed=ctx.seed)
    best = Best(model)
    parts: dict[str, Stateful] = {
        "model": model,
        "optimizer": optimizer,
        "schedule": schedule,
        "order": order,
        "best": best,
    }
    step = restore(state, **parts) if state is not None else 0

    def checkpoint_state() -> State:
        return capture(step, **parts)

    ctx.restore_random(state)
    ctx.try_saving(checkpoint_state, lambda file: save_model(file, best.weights))
    first_epoch = order.epoch + (order.position >= rows)
    for epoch in range(first_epoch, settings.epochs):
        model.train()
        begins = epoch_begins(len(text), ctx.config.model.context, ctx.seed, epoch)
        for chosen in order:
            inputs, targets = text[begins[chosen]]
            with computing_in(ctx):
                logits = model(inputs)
            loss = F.cross_entropy(logits.float().flatten(0, 1), targets.flatten())
            optimizer.zero_grad()
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), settings.gradient_clip)
            optimizer.step()
            schedule.step()
            finish_step(ctx.device)
            step += 1
            values = ctx.require_finite({"loss": loss.detach(), "gradient_norm": norm}, step)
            ctx.log(values, step, epoch + 1)
            ctx.progress(
                step,
                total_steps,
                epoch=epoch + 1,
                epochs=settings.epochs,
                items_per_step=settings.batch_size * ctx.config.model.context,
                unit="tokens",
                loss=values["loss"],
            )
            if order.position < rows:  # after an epoch's last step validation is to come
                ctx.checkpoint_when_due(step, checkpoint_state)

        ctx.doing("validating")
        found = mean_loss(ctx, model, validation, settings.validation_batch)
        bits = found / math.log(2) / data.characters_per_token("validation")
        of_validation = {"loss": found, "bits_per_character": bits}
        ctx.log(of_validation, step, epoch + 1, split="validation")
        best.offer(-found)
        if step < total_steps:
            ctx.checkpoint_when_due(step, checkpoint_state)

    save_model(ctx.output / "model.safetensors", best.weights)
    ctx.save_final(step, checkpoint_state())


def evaluate(ctx: Context[EvaluateParameters]) -> dict[str, float]:
    """Bits for a character of the test part, beside those of n-grams; and texts of its own."""
    settings, device = ctx.config.evaluation, device_of(ctx.device)
    data = read_prepared(ctx.data, "test")
    test = as_rows(ctx, data, "test")
    model = make_model(ctx, data)
    model.load_state_dict(load_model(ctx.model))
    model.to(device).eval()
    compile_for(ctx.device, model)
    loss = mean_loss(ctx, model, test, settings.batch_size)
    generator = torch.Generator().manual_seed(settings.seed)
    samples = []
    for number in range(settings.samples):
        # The model goes on with pieces of the test part, spread over it.
        begin = len(test) * number // settings.samples
        given = test[torch.tensor([min(begin, len(test) - ctx.config.model.context - 1)])][0][0]
        with computing_in(ctx):
            drawn = model.generate(given, settings.length, settings.temperature, generator)
        numbers = drawn.tolist()
        samples.append((data.text_of(numbers[: len(given)]), data.text_of(numbers[len(given) :])))
        ctx.progress(number + 1, settings.samples, unit="texts")
    return evaluate_text(loss, data, samples, ctx.output)


def as_rows(ctx: Context[Parameters], data: Prepared, part: str) -> TorchText:
    """A part of the text; raises BadInput where it is shorter than a row."""
    tokens, length = data.tokens[part], ctx.config.model.context
    if rows_in(len(tokens), length) < 1:
        raise ctx.bad_input(
            f"the {part} part of the text has {len(tokens)} tokens, too few for rows of {length}",
            remedy="lower model.context, or give a longer text",
        )
    # An evaluation reads each row once.
    training = ctx.config.get("training") or {}
    loading = training.get("loading", "streamed")
    return TorchText(tokens, length, device_of(ctx.device), loading)


def make_model(ctx: Context[Parameters], data: Prepared) -> GPT:
    """A fresh one in the sizes that the configuration asks for."""
    sizes: dict[str, Any] = {k: v for k, v in ctx.config.model.items() if k != "name"}
    return GPT(vocabulary=data.vocabulary, **sizes)


def groups_of(model: GPT, weight_decay: float) -> list[dict[str, Any]]:
    """For the optimizer: matrices are drawn towards zero, gains and biases are not."""
    weights = list(model.parameters())
    return [
        {"params": [w for w in weights if w.ndim > 1], "weight_decay": weight_decay},
        {"params": [w for w in weights if w.ndim < 2], "weight_decay": 0.0},
    ]


def mean_loss(ctx: Context[Parameters], model: GPT, text: TorchText, size: int) -> float:
    """Nats for a token of a part, each foretold once, with half a row or more before it."""
    begins, firsts = scoring_rows(len(text), ctx.config.model.context)
    columns = torch.arange(ctx.config.model.context)
    total, device = torch.zeros((), dtype=torch.float64), device_of(ctx.device)
    model.eval()
    with torch.no_grad(), computing_in(ctx):
        for chosen, first in zip(begins.split(size), firsts.split(size), strict=True):
            inputs, targets = text[chosen]
            logits = model(inputs).float()
            losses = F.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
            counted = (columns >= first[:, None]).to(device)
            total += (losses * counted).sum().double().cpu()
            finish_step(ctx.device)
    return float(total) / (len(text) - 1)


def rate_factor(settings: Training, total_steps: int) -> Any:
    """What the learning rate is multiplied by at a step."""

    def factor(step: int) -> float:
        risen = min(1.0, (step + 1) / settings.warmup_steps)
        match settings.schedule:
            case "inverse-root":
                return risen / math.sqrt(1 + step / settings.decay_steps)
            case "cosine":
                return risen * 0.5 * (1 + math.cos(math.pi * step / total_steps))
        return risen

    return factor


def computing_in(ctx: Context[Parameters]) -> torch.autocast:
    """Matrix products in bfloat16 where that is asked for; sums and weights stay float32."""
    section = ctx.config.get("training") or ctx.config["evaluation"]
    device = device_of(ctx.device)
    return torch.autocast(device.type, torch.bfloat16, enabled=section["precision"] == "bfloat16")
