"""Trains a small convolutional network on images of ten classes: a plain torch loop."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

from blacksmith.backends.torch_devices import (
    compile_for,
    device_of,
    finish_step,
    has_fused_optimizers,
)
from blacksmith.datasets.mnist.evaluation import evaluate_logits
from blacksmith.datasets.mnist.splits import Split, load_split
from blacksmith.datasets.mnist.torch_augmentation import augmented, chances, moves
from blacksmith.models.torch.cnn import CNN
from blacksmith.training import Context
from blacksmith.training.codec import State
from blacksmith.training.torch_best import Best
from blacksmith.training.torch_ranks import TorchRanks
from blacksmith.training.torch_state import (
    IndexChunks,
    IndicesInOrder,
    Stateful,
    capture,
    load_model,
    restore,
    save_model,
)
from blacksmith.training.torch_table import Table

if TYPE_CHECKING:
    from parameters import EvaluateParameters, Parameters, Training, TrainParameters

inputs, classes = 28 * 28, 10


def train(ctx: Context[TrainParameters]) -> None:
    """Trains, keeps the epoch with the best validation accuracy, saves model and final state."""
    settings, device, ranks = ctx.config.training, device_of(ctx.device), TorchRanks(ctx)
    training, validation = read_split(ctx, "train"), read_split(ctx, "validation")
    moving = moves(settings.augmentation)
    # Images are moved about on the CPU: there all devices get the same ones.
    images = Table(training.columns, "cpu" if moving else device, settings.loading)
    steps_per_epoch = math.ceil(len(training) / settings.batch_size)
    total_steps = settings.epochs * steps_per_epoch
    state = ctx.resume(at_most=total_steps)

    model = make_model(ctx).to(device)
    compile_for(ctx.device, model)
    optimizer = torch.optim.Adam(
        model.parameters(), lr=settings.learning_rate, fused=has_fused_optimizers(ctx.device)
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate_factor(settings))
    order = IndexChunks(len(training), settings.batch_size, settings.steps_per_chunk, seed=ctx.seed)
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
    first_epoch = order.epoch + (order.position >= len(training))
    for epoch in range(first_epoch, settings.epochs):
        model.train()
        for chunk in order:
            loss_sum, seen = torch.zeros((), device=device), 0
            for whole in chunk.split(settings.batch_size):
                rows = ranks.share(whole)
                batch, labels = images[rows]
                if moving:
                    chance = ranks.share(chances(ctx.seed, step, len(whole)))
                    batch = augmented(batch, settings.augmentation, chance, training.background)
                    batch, labels = batch.to(device), labels.to(device)
                loss = F.cross_entropy(model(batch), labels)
                optimizer.zero_grad()
                loss.backward()
                ranks.add_gradients(model.parameters())
                optimizer.step()
                schedule.step()
                finish_step(ctx.device)
                loss_sum += loss.detach() * len(rows)
                seen += len(rows)
                step += 1
            values = ctx.require_finite(ranks.mean({"loss": loss_sum / seen}), step)
            ctx.log(values, step, epoch + 1)
            ctx.progress(
                step,
                total_steps,
                epoch=epoch + 1,
                epochs=settings.epochs,
                items_per_step=settings.batch_size,
                unit="images",
                **values,
            )
            if order.position < len(training):  # after an epoch's last step validation is to come
                ctx.checkpoint_when_due(step, checkpoint_state)

        ctx.doing("validating")
        logits = compute_logits(ctx, model, validation, settings.validation_batch)
        truth = torch.from_numpy(validation.labels.astype("int64"))
        accuracy = float((logits.argmax(1) == truth).float().mean())
        of_validation = {"accuracy": accuracy, "loss": float(F.cross_entropy(logits, truth))}
        ctx.log(of_validation, step, epoch + 1, split="validation")
        best.offer(accuracy)
        if step < total_steps:
            ctx.checkpoint_when_due(step, checkpoint_state)

    save_model(ctx.output / "model.safetensors", best.weights)
    ctx.save_final(step, checkpoint_state())


def evaluate(ctx: Context[EvaluateParameters]) -> dict[str, float]:
    """Accuracy and loss on the test split, which training never saw."""
    test = read_split(ctx, "test")
    model = make_model(ctx)
    model.load_state_dict(load_model(ctx.model))
    model.to(device_of(ctx.device))
    compile_for(ctx.device, model)
    logits = compute_logits(ctx, model, test, ctx.config.evaluation.batch_size)
    return evaluate_logits(logits.numpy(), test, ctx.output)


def read_split(ctx: Context[Parameters], name: str) -> Split:
    """A prepared split, memory-mapped."""
    return load_split(ctx.data, name, ctx.config.dataset.variant)


def make_model(ctx: Context[Parameters]) -> CNN:
    """A fresh one in the sizes that the configuration asks for."""
    sizes: dict[str, Any] = {k: v for k, v in ctx.config.model.items() if k != "name"}
    return CNN(inputs=inputs, classes=classes, **sizes)


def compute_logits(ctx: Context[Parameters], model: CNN, split: Split, size: int) -> Tensor:
    """Logits (N, classes) of a split on the CPU, `size` images at a time."""
    device = device_of(ctx.device)
    images = Table(split.columns, device, "streamed")
    logits = []
    model.eval()
    with torch.no_grad():
        for rows in IndicesInOrder(len(split), size):
            logits.append(model(images[rows][0]).float().cpu())
            finish_step(ctx.device)
    return torch.cat(logits)


def rate_factor(settings: Training) -> Any:
    """What the learning rate is multiplied by at a step; independent of the run's length."""
    if settings.schedule == "constant":
        return lambda step: 1.0
    return lambda step: 1 / math.sqrt(1 + step / settings.decay_steps)
