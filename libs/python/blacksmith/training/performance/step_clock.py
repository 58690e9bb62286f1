"""Times the phases of some of a training's steps, and has the operations of others counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import perf_counter
from typing import Protocol

from blacksmith.training.performance.tracing import Tracing

# Rarely enough that waiting for a device costs nothing to speak of, often enough for a short run.
_seconds_between_samples = 0.2
_seconds_between_counts = 5.0

# The first steps compile, allocate and fill caches.
_warm_up_steps = 2

_untimed: AbstractContextManager[None] = nullcontext()


class OperationCounter(Protocol):
    """Counts the floating-point operations between two calls, by the type that they are done in."""

    def start(self) -> None:
        """From here on."""

    def stop(self) -> dict[str, int] | None:
        """Up to here: by type of number; None where it could not see them all."""


class StepClock:
    """Is told by a framework when a step's parts begin and end.

    A step reaches from the end of an optimizer's step to the end of the next one. It only looks:
    it computes nothing that the training computes, and draws no random number.
    """

    def __init__(self) -> None:
        # Returns once the device has done all it was asked to do.
        self.wait: Callable[[], None] = lambda: None
        self.counter: OperationCounter | None = None
        self.tracing: Tracing | None = None
        self.steps = 0
        self.sampled = 0
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.counted = 0
        self.operations: Counter[str] = Counter()
        self._parts: defaultdict[str, float] = defaultdict(float)
        # When the present part of a step that is timed began; None in other steps.
        self._began: float | None = None
        self._held = 0.0
        self._counting = False
        self._next_sample = self._next_count = 0.0

    def backward_began(self) -> None:
        """What went before, and was nothing else, was the forward pass."""
        self._settle("forward")

    def backward_ended(self) -> None:
        """What comes is the optimizer's part, or the forward pass of the step's next piece."""
        self._settle("backward")

    def step_ended(self) -> None:
        """The optimizer has taken its step; another begins."""
        self.steps += 1
        if self._began is not None:
            self._settle("optimizer")
            for name, seconds in self._parts.items():
                self.seconds[name] += seconds
            self.sampled += 1
            self._began = None
            self._next_sample = perf_counter() + _seconds_between_samples
        elif self._counting:
            self._end_count()
        if self.tracing is not None and self.tracing.step_ended(self.steps):
            return  # what is traced is slower
        if self.steps >= _warm_up_steps:
            self._begin(perf_counter())

    def phase(self, name: str) -> AbstractContextManager[None]:
        """Takes what is done in it out of the part that goes on; for data and reports."""
        return _untimed if self._began is None else self._phase(name)

    def drop(self) -> None:
        """The present step holds something that is no part of a step: a validation, say."""
        self._began = None
        if self._counting and self.counter is not None:
            self.counter.stop()
        self._counting = False

    def _begin(self, now: float) -> None:
        # What has been due for longer comes first.
        is_next = self._next_count <= min(now, self._next_sample)
        if self.counter is not None and is_next:
            self._counting = True
            self.counter.start()
        elif now >= self._next_sample:
            self.wait()
            self._parts = defaultdict(float)
            self._held, self._began = 0.0, perf_counter()

    def _end_count(self) -> None:
        assert self.counter is not None
        self._counting = False
        found = self.counter.stop()
        if found is None:
            self.counter = None
            self.counted, self.operations = 0, Counter()
            return
        self.counted += 1
        self.operations += Counter(found)
        self._next_count = perf_counter() + _seconds_between_counts

    def _settle(self, name: str) -> None:
        if self._began is None:
            return
        self.wait()
        now = perf_counter()
        self._parts[name] += self._held + now - self._began
        self._held, self._began = 0.0, now

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        assert self._began is not None
        self.wait()
        began = perf_counter()
        self._held += began - self._began
        try:
            yield
        finally:
            if self._began is not None:
                self.wait()
                self._began = perf_counter()
                self._parts[name] += self._began - began


# That of the training which goes on in this process.
_present: list[StepClock] = []


@contextmanager
def ticking(clock: StepClock) -> Iterator[None]:
    """Makes a clock the one that `phase` tells."""
    _present.append(clock)
    try:
        yield
    finally:
        _present.remove(clock)


def phase(name: str) -> AbstractContextManager[None]:
    """Says what is done in it, in a step that is timed; costs nothing in others."""
    return _present[-1].phase(name) if _present else _untimed
