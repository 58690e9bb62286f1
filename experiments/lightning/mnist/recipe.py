"""Trains an MLP on images of ten classes with PyTorch Lightning."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import lightning.pytorch as pl
import torch
import torch.nn.functional as F
from torch import Tensor

from blacksmith.backends.torch_lightning import accelerator_options, device_of
from blacksmith.datasets.mnist.evaluation import evaluate_logits
from blacksmith.datasets.mnist.splits import load_split
from blacksmith.models.lightning.mlp import MLP
from blacksmith.training import Context
from blacksmith.training.lightning import BestWeights, LightningRun
from blacksmith.training.torch_ranks import TorchRanks
from blacksmith.training.torch_state import IndexChunks, IndicesInOrder, load_model, save_model
from blacksmith.training.torch_table import Table

if TYPE_CHECKING:
    from parameters import EvaluateParameters, Parameters, Training, TrainParameters

inputs, classes = 28 * 28, 10


class Classifier(pl.LightningModule):
    """The model with its loss and optimizer. A Lightning batch is a chunk of mini-batches."""

    def __init__(self, model: MLP, settings: Training, total_steps: int) -> None:
        super().__init__()
        # One call of training_step takes many optimizer steps: Lightning's own work for a batch
        # costs as much as a third of a step of a model this small.
        self.automatic_optimization = False
        self.model = model
        self.settings = settings
        self.total_steps = total_steps
        self.train_images: Table
        self.validation_images: Table
        self.ranks: TorchRanks

    def training_step(self, chunk: Tensor, _: int) -> dict[str, Tensor]:
        """Steps through a chunk of sample indices (steps × batch,)."""
        optimizer: Any = self.optimizers()
        schedule: Any = self.lr_schedulers()
        loss_sum, seen = torch.zeros((), device=self.device), 0
        for rows in map(self.ranks.share, chunk.split(self.settings.batch_size)):
            images, labels = self.train_images[rows]
            loss = F.cross_entropy(self.compute_logits(images), labels)
            optimizer.zero_grad()
            self.manual_backward(loss)
            optimizer.step()
            if schedule is not None:
                schedule.step()
            loss_sum += loss.detach() * len(rows)
            seen += len(rows)
        return {"loss": loss_sum / seen}

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
        """Adam or SGD, at a constant rate or one that falls to zero along a half cosine."""
        rate = self.settings.learning_rate
        weights = self.model.parameters()
        optimizer: torch.optim.Optimizer
        if self.settings.optimizer == "adam":
            # Fused: one kernel for all weights saves a fifth of a step's time.
            fused = self.device.type in ("cpu", "cuda")
            optimizer = torch.optim.Adam(weights, lr=rate, fused=fused)
        else:
            optimizer = torch.optim.SGD(weights, lr=rate, momentum=0.9)
        if self.settings.schedule == "constant":
            return optimizer
        factor = self.half_cosine if self.settings.schedule == "cosine" else self.inverse_root
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        return {"optimizer": optimizer, "lr_scheduler": schedule}

    def half_cosine(self, step: int) -> float:
        """Falls from 1 to 0 over the whole run: a longer run is another one from its start."""
        return 0.5 * (1 + math.cos(math.pi * step / self.total_steps))

    def inverse_root(self, step: int) -> float:
        """Falls like 1/√step, whatever the length of the run: a longer run can continue it."""
        return 1 / math.sqrt(1 + step / self.settings.decay_steps)


def train(ctx: Context[TrainParameters]) -> None:
    """Trains, keeps the epoch with the best validation accuracy, saves model and final state."""
    settings, variant = ctx.config.training, ctx.config.dataset.variant
    train_split = load_split(ctx.data, "train", variant)
    validation_split = load_split(ctx.data, "validation", variant)
    steps = settings.epochs * math.ceil(len(train_split) / settings.batch_size)

    run = LightningRun(
        ctx,
        steps=steps,
        horizon=steps if settings.schedule == "cosine" else None,
        items_per_step=settings.batch_size,
        unit="images",
    )
    module = Classifier(MLP(inputs, **_sizes(ctx)), settings, steps)
    module.ranks = run.ranks
    device, loading = device_of(ctx.device), settings.loading
    module.train_images = Table(train_split.columns, device, loading)
    module.validation_images = Table(validation_split.columns, device, loading)

    best = BestWeights("accuracy")
    trainer = pl.Trainer(
        max_epochs=settings.epochs,
        precision=settings.precision,
        **accelerator_options(ctx.device),
        **run.trainer_options(best),
    )
    trainer.fit(
        module,
        IndexChunks(len(train_split), settings.batch_size, settings.steps_per_chunk, ctx.seed),
        IndicesInOrder(len(validation_split), settings.validation_batch),
        ckpt_path=run.resume_from,
    )
    weights = {name.removeprefix("model."): value for name, value in best.weights.items()}
    save_model(ctx.output / "model.safetensors", weights)
    run.save_final(trainer)


def evaluate(ctx: Context[EvaluateParameters]) -> dict[str, float]:
    """Accuracy and loss on the test split, which training never saw."""
    test = load_split(ctx.data, "test", ctx.config.dataset.variant)
    device = device_of(ctx.device)
    model = MLP(inputs, **_sizes(ctx))
    model.load_state_dict(load_model(ctx.model))
    model.to(device).eval()
    logits = []
    with torch.inference_mode():
        for rows in IndicesInOrder(len(test), ctx.config.evaluation.batch_size):
            images = torch.from_numpy(test.standardised(rows.numpy())).to(device)
            logits.append(model(images).float().cpu())
            ctx.progress(int(rows[-1]) + 1, len(test), unit="images")
    return evaluate_logits(torch.cat(logits).numpy(), test, ctx.output)


def _sizes(ctx: Context[Parameters]) -> dict[str, Any]:
    model = ctx.config.model
    return {"hidden": model.hidden, "classes": classes, "dropout": model.dropout}
