"""Lets a Lightning Trainer checkpoint, resume, stop and report through a run's context."""

from __future__ import annotations

from typing import Any

import lightning.pytorch as pl
import torch
from lightning.fabric.plugins import CheckpointIO
from lightning.pytorch.strategies import SingleDeviceStrategy
from torch import Tensor

from blacksmith.training.codec import State
from blacksmith.training.context import Context
from blacksmith.training.torch_ranks import TorchRanks

# Without its loops Lightning would take the weights and start at the first step again.
_parts = ("state_dict", "loops", "optimizer_states", "lr_schedulers", "epoch", "global_step")


class LightningRun:
    """What ties one `trainer.fit` to one run::

        run = LightningRun(ctx, steps=epochs * steps_per_epoch, items_per_step=batch_size)
        trainer = pl.Trainer(max_epochs=epochs, **run.trainer_options())
        trainer.fit(module, loader, ckpt_path=run.resume_from)
        run.save_final(trainer)

    `training_step` returns a dict with the `loss`; it may do several optimizer steps. Where the
    training may have several processes it takes its part of each batch by `run.ranks.share`.

    A run that ends after a number of steps, inside an epoch or even a batch, gives the steps of a
    whole batch as `steps_per_batch`, and as many `max_epochs` as it begins. Not `max_steps`:
    Lightning passes over an epoch where it resumes such a run at the end of one (seen, 2.6.6).
    """

    def __init__(
        self,
        ctx: Context,
        *,
        steps: int,
        horizon: int | None = None,
        steps_per_batch: int | None = None,
        items_per_step: float = 1,
        unit: str = "samples",
    ) -> None:
        state = ctx.resume(at_most=steps, horizon=horizon, parts=_parts)
        self._checkpoints = _StateExchange(state)
        self.ranks = TorchRanks(ctx)
        self._reports = _Reports(
            ctx, self._checkpoints, self.ranks, steps, steps_per_batch, items_per_step, unit
        )
        self._ctx = ctx

    @property
    def resume_from(self) -> str | None:
        """For `fit(ckpt_path=...)`."""
        return "checkpoint" if self._checkpoints.state is not None else None

    def trainer_options(self, *callbacks: pl.Callback) -> dict[str, Any]:
        """Options of `pl.Trainer` that leave files, screen and signals to the run."""
        return {
            # The reports come last: a checkpoint must see what the other callbacks did.
            "callbacks": [*callbacks, self._reports],
            "plugins": [self._checkpoints],
            "default_root_dir": self._ctx.work,
            "logger": False,
            "enable_checkpointing": False,
            "enable_progress_bar": False,
            "enable_model_summary": False,
            "num_sanity_val_steps": 0,
            "use_distributed_sampler": False,
            **({"strategy": _RankStrategy(self.ranks)} if self.ranks.count > 1 else {}),
        }

    def save_final(self, trainer: pl.Trainer) -> None:
        """Saves the full state at the end, which a longer run continues from.

        A run of a number of steps did so on its way, at the last batch's end before its own: a
        longer run passes there, but not where this one ended inside a batch or an epoch.
        """
        if self._reports.steps_per_batch is None:
            self._ctx.save_final(trainer.global_step, self._checkpoints.capture(trainer))


class BestWeights(pl.Callback):
    """Keeps the weights of the epoch with the highest `monitor`; of equals, the earlier."""

    def __init__(self, monitor: str) -> None:
        self.monitor = monitor
        self.score: float | None = None
        self.epoch: int | None = None
        self.weights: dict[str, Tensor] = {}

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Looks at the epoch that was just validated."""
        score = float(trainer.callback_metrics[self.monitor])
        if self.score is None or score > self.score:
            self.score, self.epoch = score, trainer.current_epoch + 1
            self.weights = {
                name: value.detach().cpu().clone() for name, value in pl_module.state_dict().items()
            }

    def state_dict(self) -> State:
        """For the checkpoint: a resumed run must choose among all epochs."""
        return {"score": self.score, "epoch": self.epoch, "weights": self.weights}

    def load_state_dict(self, state_dict: State) -> None:
        """The inverse."""
        self.score = state_dict["score"]
        self.epoch = state_dict["epoch"]
        self.weights = state_dict["weights"]


class _RankStrategy(SingleDeviceStrategy):
    """To Lightning each process is alone; after each backward pass its gradients are the batch's.

    Lightning's own strategy for several would start them itself, and wrap the model in torch's
    DistributedDataParallel: see `TorchRanks`.
    """

    def __init__(self, ranks: TorchRanks) -> None:
        super().__init__(device=ranks.device)
        self._ranks = ranks

    def post_backward(self, closure_loss: Tensor) -> None:
        """Before gradients are clipped."""
        super().post_backward(closure_loss)
        assert self.lightning_module is not None
        self._ranks.add_gradients(self.lightning_module.parameters())


class _StateExchange(CheckpointIO):
    """Hands states between Lightning and the run: Lightning's own files are pickles."""

    def __init__(self, state: State | None) -> None:
        self.state = state

    def capture(self, trainer: pl.Trainer) -> State:
        trainer.save_checkpoint("checkpoint")
        assert self.state is not None
        return self.state

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None
    ) -> None:
        self.state = checkpoint

    def load_checkpoint(
        self, path: Any, map_location: Any = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        assert self.state is not None
        return self.state

    def remove_checkpoint(self, path: Any) -> None:
        raise RuntimeError("the run keeps and removes checkpoints")


class _Reports(pl.Callback):
    def __init__(
        self,
        ctx: Context,
        checkpoints: _StateExchange,
        ranks: TorchRanks,
        steps: int,
        steps_per_batch: int | None,
        items_per_step: float,
        unit: str,
    ) -> None:
        self.ctx = ctx
        self.checkpoints = checkpoints
        self.ranks = ranks
        self.steps = steps
        self.steps_per_batch = steps_per_batch
        self.items_per_step = items_per_step
        self.unit = unit

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        state = self.checkpoints.state
        if state is not None and trainer.global_step != self.ctx.resumed_step:
            raise ValueError(f"its state is of step {trainer.global_step}")
        # Lightning restores no random state. Building the model drew numbers; nothing after does.
        self.ctx.restore_random(state)
        self.ctx.try_saving(lambda: self.checkpoints.capture(trainer))
        self.checkpoints.state = None

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        step = trainer.global_step
        values = self.ranks.mean(
            {name: float(value) for name, value in outputs.items() if _is_scalar(value)}
        )
        epoch = trainer.current_epoch + 1
        self.ctx.log(values, step, epoch)
        self.ctx.progress(
            step,
            self.steps,
            epoch=epoch,
            # A training of a number of steps has no number of epochs: Lightning says -1.
            epochs=trainer.max_epochs if (trainer.max_epochs or -1) > 0 else None,
            items_per_step=self.items_per_step,
            unit=self.unit,
            **values,
        )
        if not trainer.is_last_batch:
            # After the last one validation is still to come; see on_train_epoch_end.
            self.end_batch(trainer)
        if self.steps_per_batch is not None and step >= self.steps:
            trainer.should_stop = True

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.ctx.doing("validating")

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        values = trainer.callback_metrics
        self.ctx.log(values, trainer.global_step, trainer.current_epoch + 1, split="validation")

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.end_batch(trainer)

    def end_batch(self, trainer: pl.Trainer) -> None:
        step = trainer.global_step
        if step >= self.steps:
            return
        if self.steps_per_batch is not None and step + self.steps_per_batch >= self.steps:
            self.ctx.save_final(step, self.checkpoints.capture(trainer))
        self.ctx.checkpoint_when_due(step, lambda: self.checkpoints.capture(trainer))


def _is_scalar(value: Any) -> bool:
    return isinstance(value, float) or (isinstance(value, torch.Tensor) and value.numel() == 1)
