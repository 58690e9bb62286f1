"""A trace of a few of a training's steps, to be looked at in Perfetto."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from blacksmith.training.frameworks import table

# Behind those that compile; so few that the file stays small.
_first_step, _steps = 3, 5


class Tracing:
    """Traces five steps of an optimizer, or what is done between two reports of a recipe whose
    framework does not tell of its steps.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._end: Callable[[], None] | None = None
        self._done = False
        self._seconds = 0.0

    def step_ended(self, steps: int) -> bool:
        """An optimizer has taken this many steps; says whether the next one is traced."""
        if self._end is not None and steps >= _first_step + _steps:
            self.stop()
        elif self._end is None and steps >= _first_step:
            self._start()
        return self._end is not None

    def progressed(self, steps: int) -> None:
        """A recipe has reported, and optimizers have told of this many steps."""
        if steps > 0:
            return
        if self._end is not None:
            self.stop()
        else:
            self._start()

    def stop(self) -> None:
        """Writes the file, if anything was traced."""
        if self._end is None:
            return
        began = perf_counter()
        self._end()
        self._end, self._done = None, True
        self._seconds += perf_counter() - began

    def take_seconds(self) -> float:
        """How long starting and writing took since this was last asked."""
        seconds, self._seconds = self._seconds, 0.0
        return seconds

    def _start(self) -> None:
        if self._done:
            return
        began = perf_counter()
        starts = (framework.start_trace(self._file) for framework in table.in_use())
        self._end = next((end for end in starts if end is not None), None)
        self._done = self._end is None
        self._seconds += perf_counter() - began
