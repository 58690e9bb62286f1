"""What a recipe is given: its parameters, its paths, and the few calls through which it reports."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import SupportsFloat

from blacksmith.training import checkpoint, codec, seeding
from blacksmith.training.checkpoint import CheckpointFolder
from blacksmith.training.codec import State
from blacksmith.training.events import EventStream
from blacksmith.training.failure import (
    BadInput,
    NotFinite,
    StateUnusable,
    Stopped,
    first_line,
)
from blacksmith.training.metrics import MetricsJournal
from blacksmith.training.request import Config, Device, Request
from blacksmith.training.stop import StopSignal
from blacksmith.training.tensorfile import check_model

__all__ = ["Context", "State"]

# Often enough for a live line, rarely enough to cost nothing.
_progress_interval_s = 0.2

# A checkpoint may take at most this part of the time; the next one is put off accordingly.
_checkpoint_share = 0.02

# What can be done about a value that is not finite: only a training can take smaller steps.
_finite_again: Mapping[str, str] = {
    "prepare-data": "look at the data that it was made from",
    "train": "lower the learning rate, or look at the data of that step;"
    " the last good checkpoint is kept",
    "evaluate": "look at the test data, and in train's report at how the training ended",
}


class Context:
    """One run of one recipe function.

    A training asks in this order::

        state = ctx.resume(at_most=total_steps)     # None: from the start
        ... build everything; load `state` ...
        ctx.restore_random(state)                   # last before the loop
        ctx.try_saving(lambda: {...}, lambda file: save_model(file, ...))
        for step in ...:
            loss = ...
            ctx.progress(step, total_steps, loss=loss)
            ctx.checkpoint_when_due(step, lambda: {...})   # also where a stop takes effect
        ctx.save_final(step, {...})                 # what a longer run continues from
    """

    def __init__(
        self,
        request: Request,
        events: EventStream,
        stop: StopSignal,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """`check` raises where the run can go no further; it is called now and then."""
        self._check = check
        self._request = request
        self._events = events
        self._stop = stop
        self._journal = MetricsJournal(request.records / "metrics.jsonl")
        self._folder = CheckpointFolder(request.work / "checkpoints", request.checkpoints)
        self._horizon: int | None = None
        # What the run continues from, until it has made a step.
        self._continued: Path | None = None
        self._resumed_step = 0
        self._started = time.monotonic()
        self._earlier_seconds = 0.0
        self._last_checkpoint = time.monotonic()
        self._checkpoint_seconds = 0.0
        self._last_progress = -math.inf
        self._rate_from: tuple[float, int] | None = None

    # What the run is given -------------------------------------------------------------------

    @property
    def config(self) -> Config:
        """The target's sections of the configuration: `ctx.config.training.epochs`."""
        return self._request.config

    @property
    def data(self) -> Path:
        """Folder of the prepared data."""
        return self._needed(self._request.data, "prepared data")

    @property
    def model(self) -> Path:
        """The trained model.safetensors (evaluate only)."""
        return self._needed(self._request.model, "trained model")

    @property
    def sources(self) -> Mapping[str, Path]:
        """Local paths of a data set's sources, by their names in sources.yaml (prepare only)."""
        return self._request.sources

    @property
    def output(self) -> Path:
        """Folder for what the computation makes; equal runs must leave equal bytes in it."""
        return self._request.output

    @property
    def work(self) -> Path:
        """Folder for working state.

        Of a training only the checkpoints in it pass to the next run of the same lineage; what
        else stands there is taken away when a run starts. What a preparation or an evaluation
        leaves in it outlives a kill of the same run.
        """
        return self._request.work

    @property
    def device(self) -> Device:
        """Kind, count, host threads and ids of the leased device."""
        return self._request.device

    @property
    def seed(self) -> int:
        """The run's seed. The global generators are seeded with it before the recipe starts."""
        return self._request.seed

    # What the run tells ----------------------------------------------------------------------

    def log(
        self,
        values: Mapping[str, SupportsFloat],
        step: int,
        epoch: int | None = None,
        split: str = "train",
    ) -> None:
        """Records metrics of one step (once for each step and split) in metrics.jsonl.

        Raises NotFinite when a value is NaN or infinite: nothing after it would be worth having.
        """
        self._continued = None
        plain = self.require_finite(values, step)
        line = {"step": step, "epoch": epoch, "split": split, "values": plain}
        if self._journal.append({**line, "seconds": round(self.seconds, 3)}):
            self._events.emit("metric", **line)

    def progress(
        self,
        step: int,
        of: int,
        *,
        epoch: int | None = None,
        epochs: int | None = None,
        items_per_step: float = 1,
        unit: str = "steps",
        **metrics: SupportsFloat,
    ) -> None:
        """Shows how far the run is. Cheap: most calls return without looking at the metrics.

        The rate shown is `items_per_step` × steps/s in `unit` a second (samples, rays, tokens).
        """
        self._continued = None
        now = time.monotonic()
        if now - self._last_progress < _progress_interval_s and step < of:
            return
        self._check()
        plain = self.require_finite(metrics, step)
        rate = None
        if self._rate_from is not None and now > self._rate_from[0] and step > self._rate_from[1]:
            rate = items_per_step * (step - self._rate_from[1]) / (now - self._rate_from[0])
        if self._rate_from is None or now - self._rate_from[0] > 5:
            self._rate_from = (now, step)
        self._last_progress = now
        self._events.emit(
            "progress",
            step=step,
            of=of,
            epoch=epoch,
            epochs=epochs,
            rate=rate,
            unit=unit,
            metrics=plain,
        )

    def doing(self, what: str) -> None:
        """Says what goes on where no step is told of for a while: compiling, validating."""
        self._events.emit("doing", what=what)

    def image(self, path: Path, title: str) -> None:
        """Shows a picture below `output` or `records` to whoever follows the run."""
        self._events.emit("image", path=str(path), title=title)

    def warn(self, message: str) -> None:
        """Tells people something that they should know and that does not end the run."""
        self._events.emit("warning", message=message)

    def bad_input(self, message: str, *, remedy: str | None = None) -> BadInput:
        """The exception for data or a parameter that cannot be used: `raise ctx.bad_input(...)`.

        `message` names the file and the line or field.
        """
        return BadInput(message, remedy=remedy)

    def require_finite(self, values: Mapping[str, SupportsFloat], step: int) -> dict[str, float]:
        """`values` as plain floats; raises NotFinite when one is NaN or infinite."""
        plain = {name: float(value) for name, value in values.items()}
        for name, value in plain.items():
            if not math.isfinite(value):
                where = "" if self._request.target == "evaluate" else f" at step {step}"
                raise NotFinite(
                    f"{name} became {value}{where}", remedy=_finite_again[self._request.target]
                )
        return plain

    # What makes it survive a kill --------------------------------------------------------------

    def resume(
        self,
        at_most: int | None = None,
        *,
        horizon: int | None = None,
        parts: Iterable[str] = (),
    ) -> State | None:
        """The state to continue from: the newest good checkpoint at a step not after `at_most`.

        `at_most` is the run's last step: a checkpoint of a longer run cannot serve a shorter one.
        `horizon` is given where the learning rate depends on how long the run will be (cosine):
        the number of steps that the schedule is made for. Only a run with the same one continues.
        A state without one of the `parts` is passed over.
        """
        self._horizon = horizon
        parts = ("random", *parts)
        found = self._folder.newest(self._request.resume, at_most, horizon, parts)
        for problem in found.problems:
            self.warn(problem)
        self._journal.start(found.metrics, found.step)
        if found.state is None:
            return None
        self._earlier_seconds = found.seconds
        self._continued, self._resumed_step = found.path, found.step
        self._events.emit("resumed", step=found.step, path=str(found.path))
        return found.state

    @property
    def resumed_step(self) -> int:
        """The step of the state that `resume` gave; 0 where it gave none."""
        return self._resumed_step

    def blame_state(self, error: Exception) -> None:
        """Raises StateUnusable where the recipe failed on the state that it continues from: before
        its first step, and by its shape. Later runs pass that checkpoint over.
        """
        path = self._continued
        if path is None or not _is_of_shape(error):
            return
        self._check()  # a file that was refused is not the checkpoint's fault
        with suppress(OSError):
            self._folder.pass_over(path)
        raise StateUnusable(
            f"the run could not continue from the checkpoint {path}:"
            f" {type(error).__name__}: {first_line(error)}",
            remedy="run the same command again: it goes on without that checkpoint",
        ) from error

    def restore_random(self, state: State | None) -> None:
        """Puts the random state of every library back where the checkpoint had it.

        Building a model draws random numbers too, so this comes last before the loop.
        """
        if state is not None:
            seeding.restore_random_state(state["random"])

    def try_saving(
        self, state: Callable[[], State], model: Callable[[Path], object] | None = None
    ) -> None:
        """Called before the loop: finds now what the end of the training could not save.

        `model` writes the model's file as the end will do it: `lambda file: save_model(file, ...)`.
        """
        try:
            codec.encode(self._complete(state()))
            if model is not None:
                self._try_model(model)
        except Exception as error:
            error.add_note("Found before the first step, by trying what the end has to save.")
            raise

    def checkpoint(self, state: State, step: int, *, score: float | None = None) -> Path:
        """Writes `state`, a tree of plain values and tensors, whole or not at all.

        The random state of every library goes with it. Of those with a `score` the best one
        is kept too.
        """
        began = time.monotonic()
        path = self._folder.write(
            self._complete(state),
            step,
            seconds=self.seconds,
            metrics=self._journal,
            score=score,
            horizon=self._horizon,
        )
        self._last_checkpoint = time.monotonic()
        self._checkpoint_seconds = self._last_checkpoint - began
        self._events.emit(
            "checkpoint", step=step, path=str(path), seconds=round(self._checkpoint_seconds, 4)
        )
        return path

    @property
    def checkpoint_due(self) -> bool:
        """Whether enough time has passed since the last checkpoint to write another."""
        every = self._request.checkpoints.every_seconds
        if every > 0:
            every = max(every, self._checkpoint_seconds / _checkpoint_share)
        return time.monotonic() - self._last_checkpoint >= every

    def checkpoint_when_due(self, step: int, state: Callable[[], State]) -> None:
        """Called at the end of a step: writes a checkpoint when it is time for one.

        When the run was asked to stop, writes it in any case and raises Stopped.
        """
        if self.should_stop:
            self.checkpoint(state(), step)
            raise Stopped(f"stopped at step {step}; the same command continues from there")
        if self.checkpoint_due:
            self.checkpoint(state(), step)

    @property
    def should_stop(self) -> bool:
        """Whether the run was asked to write a checkpoint and end (SIGTERM or Ctrl-C)."""
        return self._stop.requested

    def save_final(self, step: int, state: State) -> None:
        """Puts the final full state into output/state, which a longer run continues from."""
        checkpoint.write(self.output / "state", self._complete(state), step, horizon=self._horizon)

    @property
    def seconds(self) -> float:
        """Time this training has taken so far, the part before a resume included."""
        return self._earlier_seconds + time.monotonic() - self._started

    def _complete(self, state: State) -> State:
        return {**state, "random": seeding.random_state()}

    def _try_model(self, save: Callable[[Path], object]) -> None:
        file = self.work / "trial.safetensors"
        try:
            save(file)
            check_model(file)
        finally:
            with suppress(OSError):
                file.unlink()

    def _needed(self, path: Path | None, what: str) -> Path:
        if path is None:
            raise BadInput(f"the request for {self._request.target} names no {what} (inputs)")
        return path


def _is_of_shape(error: Exception) -> bool:
    """Whether an error is one that a state of another shape leads to, and that comes each time."""
    if isinstance(error, OSError):  # also a file of a hub that cannot be had now, a ValueError too
        return False
    if isinstance(error, LookupError | TypeError | ValueError | AttributeError):
        return True
    # torch's: "Error(s) in loading state_dict for …".
    return type(error) is RuntimeError and "state_dict" in first_line(error)
