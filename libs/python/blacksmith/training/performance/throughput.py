"""How fast a training goes through its steps, without what is none."""

from __future__ import annotations

from collections import defaultdict
from time import perf_counter


class Throughput:
    """Is told what a recipe tells its context; the time up to the first report counts for nothing,
    since it holds imports, compiling and the like.
    """

    def __init__(self) -> None:
        self.steps = 0
        self.seconds = 0.0
        self.items = 0.0
        # Steps of optimizers meanwhile, where a framework tells of them.
        self.ticks = 0
        self.unit = "steps"
        # Time beside the steps: validating, checkpoints.
        self.aside: defaultdict[str, float] = defaultdict(float)
        self._last: tuple[float, int, int] | None = None
        self._paused = 0.0
        self._doing: float | None = None

    def progressed(self, step: int, ticks: int, items_per_step: float, unit: str) -> None:
        """Steps up to this one are done, and `ticks` of optimizers."""
        now = perf_counter()
        # What was begun and never said to be over may have taken any part of the time.
        if self._last is not None and step > self._last[1] and self._doing is None:
            steps = step - self._last[1]
            self.steps += steps
            self.items += steps * items_per_step
            self.ticks += ticks - self._last[2]
            self.seconds += now - self._last[0] - self._paused
        self.unit = unit
        self._last, self._paused, self._doing = (now, step, ticks), 0.0, None

    def doing(self) -> None:
        """Something that is no step begins."""
        self._doing = perf_counter()

    def validated(self) -> None:
        """What it was is known now, and over."""
        if self._doing is not None:
            self.paused("validation", perf_counter() - self._doing)
            self._doing = None

    def paused(self, what: str, seconds: float) -> None:
        """So much of the time since the last step was for something else."""
        self.aside[what] += seconds
        self._paused += seconds
