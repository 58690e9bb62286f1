"""Trains a small convolutional network on images of ten classes with PyTorch Lightning."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import lightning.pytorch as pl
import torch
import torch.nn.functional as F
from torch import Tensor

from blacksmith.backends.torch_devices import has_fused_optimizers
from blacksmith.backends.torch_lightning import accelerator_options, device_of
from blacksmith.datasets.mnist.evaluation import evaluate_logits
from blacksmith.datasets.mnist.splits import load_split
from blacksmith.datasets.mnist.torch_augmentation import augmented, chances, moves
from blacksmith.models.lightning.cnn import CNN
from blacksmith.training import Context
from blacksmith.training.lightning import BestWeights, LightningRun
from blacksmith.training.torch_state import IndexChunks, IndicesInOrder, load_model, save_model
from blacksmith.training.torch_table import Table

if TYPE_CHECKING:
    from parameters import EvaluateParameters, Parameters, Training, TrainParameters

inputs, classes = 28 * 28, 10


class Classifier(pl.LightningModule):
    """The model with its loss and optimizer. A Lightning batch is a chunk of mini-batches."""

    def __init__(self, model: CNN, settings: Training, *, fused: bool) -> None:
        super().__init__()
        # One call of training_step takes many optimizer steps, and shares Lightning's own work.
        self.automatic_optimization = False
        self.model = model
        self.settings = settings
        # Adam in one kernel for all weights.
        self.fused = fused
        # Images and labels of some rows at a step, and of rows for validation.
        self.read_batch: Callable[[Tensor, int], tuple[Tensor, Tensor]]
        self.validation_images: Table

    def training_step(self, chunk: Tensor, _: int) -> dict[str, Tensor]:
        """Steps through a chunk of sample indices (steps × batch,)."""
        optimizer: Any = self.optimizers()
        schedule: Any = self.lr_schedulers()
        loss_sum = torch.zeros((), device=self.device)
        for rows in chunk.split(self.settings.batch_size):
            images, labels = self.read_batch(rows, self.global_step)
            loss = F.cross_entropy(self.compute_logits(images), labels)
            optimizer.zero_grad()
            self.manual_backward(loss)
            optimizer.step()
            schedule.step()
            loss_sum += loss.detach() * len(rows)
        return {"loss": loss_sum / len(chunk)}

    def compute_logits(self, images: Tensor) -> Tensor:
        """Float32 logits, with weights of whatever type `precision` gives them."""
        logits: Tensor = self.model(images.to(self.dtype)).float()
        return logits

    def validation_step(self, rows: Tensor, _: int) -> None:
        """Accuracy and loss on a batch of the validation split."""
        images, labels = self.validation_images[rows]
        logits = self.compute_logits(images)
        accuracy = (logits.argmax(1) == labels).float().mean()
        values = {"accuracy": accuracy, "loss": F.cross_entropy(logits, labels)}
        self.log_dict(values, batch_size=len(rows))

    def configure_optimizers(self) -> Any:
        """Adam, at a constant rate or one that falls like 1/√step: a longer run can continue it."""
        settings, weights = self.settings, self.model.parameters()
        optimizer = torch.optim.Adam(weights, lr=settings.learning_rate, fused=self.fused)

        def factor(step: int) -> float:
            if settings.schedule == "constant":
                return 1.0
            return 1 / math.sqrt(1 + step / settings.decay_steps)

        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        return {"optimizer": optimizer, "lr_scheduler": schedule}


def train(ctx: Context[TrainParameters]) -> None:
    """Trains, keeps the epoch with the best validation accuracy, saves model and final state."""
    settings, variant = ctx.config.training, ctx.config.dataset.variant
    training = load_split(ctx.data, "train", variant)
    validation = load_split(ctx.data, "validation", variant)
    steps = settings.epochs * math.ceil(len(training) / settings.batch_size)
    run = LightningRun(ctx, steps=steps, items_per_step=settings.batch_size, unit="images")

    device, how = device_of(ctx.device), settings.augmentation
    moving = moves(how)
    # Images are moved about on the CPU: there all devices get the same ones.
    images = Table(training.columns, "cpu" if moving else device, settings.loading)

    def read_batch(rows: Tensor, step: int) -> tuple[Tensor, Tensor]:
        batch, labels = images[rows]
        if moving:
            chance = chances(ctx.seed, step, len(rows))
            batch = augmented(batch, how, chance, training.background)
        return batch.to(device), labels.to(device)

    module = Classifier(make_model(ctx), settings, fused=has_fused_optimizers(ctx.device))
    module.read_batch = read_batch
    module.validation_images = Table(validation.columns, device, settings.loading)
    best = BestWeights("accuracy")
    trainer = pl.Trainer(
        max_epochs=settings.epochs,
        precision=settings.precision,
        **accelerator_options(ctx.device),
        **run.trainer_options(best),
    )
    trainer.fit(
        module,
        IndexChunks(len(training), settings.batch_size, settings.steps_per_chunk, ctx.seed),
        IndicesInOrder(len(validation), settings.validation_batch),
        ckpt_path=run.resume_from,
    )
    weights = {name.removeprefix("model."): value for name, value in best.weights.items()}
    save_model(ctx.output / "model.safetensors", weights)
    run.save_final(trainer)


def evaluate(ctx: Context[EvaluateParameters]) -> dict[str, float]:
    """Accuracy and loss on the test split, which training never saw."""
    test = load_split(ctx.data, "test", ctx.config.dataset.variant)
    device = device_of(ctx.device)
    model = make_model(ctx)
    model.load_state_dict(load_model(ctx.model))
    model.to(device).eval()
    images = Table(test.columns, device, "streamed")
    logits = []
    with torch.inference_mode():
        for rows in IndicesInOrder(len(test), ctx.config.evaluation.batch_size):
            logits.append(model(images[rows][0]).float().cpu())
            ctx.progress(int(rows[-1]) + 1, len(test), unit="images")
    return evaluate_logits(torch.cat(logits).numpy(), test, ctx.output)


def make_model(ctx: Context[Parameters]) -> CNN:
    """A fresh one in the sizes that the configuration asks for."""
    sizes: dict[str, Any] = {k: v for k, v in ctx.config.model.items() if k != "name"}
    return CNN(inputs=inputs, classes=classes, **sizes)
