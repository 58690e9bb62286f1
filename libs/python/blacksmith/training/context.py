"""What a recipe is given: its parameters, its paths, and the few calls through which it reports."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from json import JSONDecodeError
from pathlib import Path

from blacksmith.training import checkpoint, codec, seeding
from blacksmith.training.checkpoint_folder import CheckpointFolder, Found
from blacksmith.training.codec import State
from blacksmith.training.events import EventStream
from blacksmith.training.failure import StateUnusable, Stopped, first_line
from blacksmith.training.frameworks import table
from blacksmith.training.performance.measurement import trace_name
from blacksmith.training.ranks import Ranks
from blacksmith.training.request import Request
from blacksmith.training.run_inputs import Parameters_co
from blacksmith.training.run_reports import RunReports
from blacksmith.training.stop import StopSignal
from blacksmith.training.tensorfile import check_model

__all__ = ["Context", "State"]

# A checkpoint may take at most this part of the time; the next one is put off accordingly.
_checkpoint_share = 0.02


class Context(RunReports[Parameters_co]):
    """One run of one recipe function; here, what makes it survive a kill.

    `Context[TrainParameters]`, of the stub that is made beside a recipe, is one whose `config` is
    known to editors and type checkers.

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
        ranks: Ranks | None = None,
    ) -> None:
        """`check` raises where the run can go no further; it is called now and then."""
        super().__init__(request, events, check)
        self._ranks = ranks or Ranks()
        self._stop = stop
        self._folder = CheckpointFolder(request.work / "checkpoints", request.checkpoints)
        self._horizon: int | None = None
        self._found = Found()
        self._last_checkpoint = time.monotonic()
        self._checkpoint_seconds = 0.0

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
        found = self._found = self._find(at_most, ("random", *parts))
        for problem in found.problems:
            self.warn(problem)
        self._journal.start(found.metrics, found.step)
        if found.state is None:
            return None
        self._earlier_seconds = found.seconds
        self._events.emit("resumed", step=found.step, path=str(found.path))
        return found.state

    @property
    def resumed_step(self) -> int:
        """The step of the state that `resume` gave; 0 where it gave none."""
        return self._found.step

    def blame_state(self, error: Exception) -> None:
        """Raises StateUnusable where the recipe failed before its first step, and by the shape of
        something: the state that it continues from may be at fault. Later runs leave that one
        aside, until one without it gets no further either.
        """
        path, blamed = self._found.path, self._found.blamed
        if self._has_stepped or not (path or blamed) or not _is_of_shape(error):
            return
        self._check()  # a file that was refused is not the checkpoint's fault
        if path is None:
            with suppress(OSError):
                self._folder.take_back(blamed)
            names = ", ".join(map(str, blamed))
            error.add_note(f"It comes without {names}, too: the next run continues from there.")
            return
        fault = f"{type(error).__name__}: {first_line(error)}"
        with suppress(OSError):
            self._folder.pass_over(path, fault)
        raise StateUnusable(
            f"the run could not continue from the checkpoint {path}: {fault}",
            remedy="run the same command again: it goes on without that checkpoint, which is kept."
            f" Where something else was at fault, mend it and remove {self._folder.passed_over}"
            " before",
        ) from error

    def restore_random(self, state: State | None) -> None:
        """Puts the random state of every library back where the checkpoint had it.

        Building a model draws random numbers too, so this comes last before the loop.
        """
        ranks = self._ranks
        if state is not None:
            own = state["random"] if ranks.is_first else state["ranks"][ranks.number - 1]
            seeding.restore_random_state(own)
        elif not ranks.is_first:
            # Up to here all of them draw the same, so that they begin with one model.
            seeding.seed_libraries(ranks.seed(self.seed), self.device)

    def try_saving(
        self, state: Callable[[], State], model: Callable[[Path], object] | None = None
    ) -> None:
        """Called before the loop: finds now what the end of the training could not save.

        `model` writes the model's file as the end will do it: `lambda file: save_model(file, ...)`.
        """
        complete = self._complete(state())
        if not self._ranks.is_first:
            return
        try:
            codec.encode(complete)
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
        complete = self._complete(state)
        if not self._ranks.is_first:
            return self._folder.path_of(step)
        path = self._folder.write(
            complete,
            step,
            seconds=self.seconds,
            metrics=self._journal,
            score=score,
            horizon=self._horizon,
        )
        self._last_checkpoint = time.monotonic()
        self._checkpoint_seconds = self._last_checkpoint - began
        self.measurement.paused("checkpoint", self._checkpoint_seconds)
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
        stopping, due = self._ranks.decide(lambda: (self.should_stop, self.checkpoint_due))
        if stopping:
            self.checkpoint(state(), step)
            raise Stopped(f"stopped at step {step}; the same command continues from there")
        if due:
            self.checkpoint(state(), step)

    @property
    def ranks(self) -> Ranks:
        """The processes of this training; most are one. Only the first one's reports and files
        count; the others' go nowhere.
        """
        return self._ranks

    @property
    def should_stop(self) -> bool:
        """Whether the run was asked to write a checkpoint and end (SIGTERM or Ctrl-C)."""
        return self._stop.requested

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Around a recipe's `train`: what it gets out of its device goes to the run's records."""
        if self._request.target != "train":
            yield
            return
        records, settings = self._request.records, self._request.config.get("training", {})
        with self.measurement.going_on(records, trace=bool(settings.get("profile"))):
            yield
        if settings.get("profile") and not (records / trace_name).exists():
            self.warn(f"the run was too short for {trace_name}, or its framework makes none")

    def save_final(self, step: int, state: State) -> None:
        """Puts the final full state into output/state, which a longer run continues from."""
        complete = self._complete(state)
        if self._ranks.is_first:
            checkpoint.write(self.output / "state", complete, step, horizon=self._horizon)

    def _complete(self, state: State) -> State:
        own = seeding.random_state()
        others = self._ranks.gather(own)
        return {**state, "random": own, **({"ranks": others} if others else {})}

    def _find(self, at_most: int | None, parts: tuple[str, ...]) -> Found:
        """What the first process chooses, all continue from."""
        found = Found()

        def choose() -> Path | None:
            nonlocal found
            needed = (*parts, *(["ranks"] if self._ranks.count > 1 else []))
            found = self._folder.newest(self._request.resume, at_most, self._horizon, needed)
            return found.path

        path = self._ranks.decide(choose)
        if path is None or self._ranks.is_first:
            return found
        return Found(state=checkpoint.read(path), step=checkpoint.describe(path)["step"], path=path)

    def _try_model(self, save: Callable[[Path], object]) -> None:
        file = self.work / "trial.safetensors"
        try:
            save(file)
            check_model(file)
        finally:
            with suppress(OSError):
                file.unlink()


def _is_of_shape(error: Exception) -> bool:
    """Whether an error is one that a state of another shape leads to, and that comes each time."""
    # Files that cannot be had or read: of a hub that does not answer, say, a ValueError too.
    if isinstance(error, OSError | UnicodeError | JSONDecodeError):
        return False
    if isinstance(error, LookupError | TypeError | ValueError | AttributeError):
        return True
    return any(framework.is_misfit(error) for framework in table.in_use())
