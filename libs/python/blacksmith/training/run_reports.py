"""What a run reports while it works: metrics, progress, pictures, warnings."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Set
from typing import SupportsFloat

from blacksmith.training.events import EventStream
from blacksmith.training.failure import BadInput, NotFinite
from blacksmith.training.metrics import MetricsJournal
from blacksmith.training.performance import Measurement
from blacksmith.training.request import Request
from blacksmith.training.run_inputs import Parameters_co, RunInputs
from blacksmith.training.secret_names import refuse_secret

# Often enough for a live line, rarely enough to cost nothing.
_progress_interval_s = 0.2

# What can be done about a value that is not finite: only a training can take smaller steps.
_finite_again: Mapping[str, str] = {
    "prepare-data": "look at the data that it was made from",
    "train": "lower the learning rate, or look at the data of that step;"
    " the last good checkpoint is kept",
    "evaluate": "look at the test data, and in train's report at how the training ended",
}


class RunReports(RunInputs[Parameters_co]):
    """The part of a recipe's context through which it reports."""

    def __init__(self, request: Request, events: EventStream, check: Callable[[], None]) -> None:
        super().__init__(request)
        self.measurement = Measurement(request.device)
        self._events = events
        self._check = check
        self._journal = MetricsJournal(request.records / "metrics.jsonl")
        self._names: set[str] = set()
        # Whether a step was reported in this process.
        self._has_stepped = False
        self._started = time.monotonic()
        self._earlier_seconds = 0.0
        self._last_progress = -math.inf
        self._rate_from: tuple[float, int] | None = None

    def log(
        self,
        values: Mapping[str, SupportsFloat],
        step: int,
        epoch: int | None = None,
        split: str = "train",
    ) -> None:
        """Records metrics of one step (once for each step and split) in metrics.jsonl.

        Raises NotFinite when a value is NaN or infinite: nothing after it would be worth having;
        BadInput when a name holds a secret of the environment.
        """
        self._has_stepped = True
        self._refuse_secrets({split})
        with self.measurement.clock.phase("reports"):
            plain = self.require_finite(values, step)
            line = {"step": step, "epoch": epoch, "split": split, "values": plain}
            if self._journal.append({**line, "seconds": round(self.seconds, 3)}):
                self._events.emit("metric", **line)
        if split != "train":
            self.measurement.validated()

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
        self._has_stepped = True
        self.measurement.progressed(step, items_per_step, unit)
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
        """Says what goes on where no step is reported for a while: compiling, validating."""
        self.measurement.doing()
        self._events.emit("doing", what=what)

    def warn(self, message: str) -> None:
        """Tells people something that they should know and that does not end the run."""
        self._events.emit("warning", message=message)

    def bad_input(self, message: str, *, remedy: str | None = None) -> BadInput:
        """The exception for data or a parameter that cannot be used: `raise ctx.bad_input(...)`.

        `message` names the file and the line or field.
        """
        return BadInput(message, remedy=remedy)

    def require_finite(self, values: Mapping[str, SupportsFloat], step: int) -> dict[str, float]:
        """`values` as plain floats; raises NotFinite when one is NaN or infinite.

        Raises BadInput when a name holds a secret of the environment.
        """
        self._refuse_secrets(values.keys())
        plain = {name: float(value) for name, value in values.items()}
        for name, value in plain.items():
            if not math.isfinite(value):
                where = "" if self._request.target == "evaluate" else f" at step {step}"
                raise NotFinite(
                    f"{name} became {value}{where}", remedy=_finite_again[self._request.target]
                )
        return plain

    def _refuse_secrets(self, names: Set[str]) -> None:
        for name in names - self._names:
            refuse_secret(str(name))
        self._names |= names

    @property
    def seconds(self) -> float:
        """Time this training has taken so far, the part before a resume included."""
        return self._earlier_seconds + time.monotonic() - self._started
