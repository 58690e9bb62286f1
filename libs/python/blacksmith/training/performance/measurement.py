"""Measures a training as it goes on, and leaves what it found among the run's records."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from blacksmith.training.frameworks import table
from blacksmith.training.performance.peaks import share_of_peak
from blacksmith.training.performance.step_clock import StepClock, ticking
from blacksmith.training.performance.throughput import Throughput
from blacksmith.training.performance.tracing import Tracing
from blacksmith.training.request import Device

file_name = "performance.json"
trace_name = "trace.json.gz"


class Measurement:
    """What one training got out of its device. Nothing of it shapes the result."""

    def __init__(self, device: Device) -> None:
        self.clock = StepClock()
        self._device = device
        self._throughput = Throughput()
        # Operations of one step by type, where a framework counts them in a program.
        self._of_step: Mapping[str, float] | None = None

    @contextmanager
    def going_on(self, records: Path, *, trace: bool) -> Iterator[None]:
        """Around the recipe's function; leaves performance.json in `records` where it ends well.

        `trace` asks for trace.json.gz beside it: what the device did in a few steps.
        """
        with ExitStack() as stack:
            stack.enter_context(ticking(self.clock))
            for framework in table.in_use():
                stack.callback(framework.watch_steps(self.clock, self._device))
            if trace:
                self.clock.tracing = Tracing(records / trace_name)
                stack.callback(self.clock.tracing.stop)
            stack.callback(self.clock.drop)
            yield
        found = json.dumps(self._found(), indent=1) + "\n"
        (records / file_name).write_text(found, encoding="utf-8")

    def progressed(self, step: int, items_per_step: float, unit: str) -> None:
        """The recipe has done its steps up to this one."""
        tracing = self.clock.tracing
        if tracing is not None:
            tracing.progressed(self.clock.steps)
            self._throughput.paused("trace", tracing.take_seconds())
        self._throughput.progressed(step, self.clock.steps, items_per_step, unit)

    def doing(self) -> None:
        """Something that is no step begins."""
        self.clock.drop()
        self._throughput.doing()

    def validated(self) -> None:
        """A validation is over."""
        self._throughput.validated()

    def paused(self, what: str, seconds: float) -> None:
        """Between two steps so much time was for something else."""
        self.clock.drop()
        self._throughput.paused(what, seconds)

    def counted(self, operations: Mapping[str, float], steps: int) -> None:
        """A program takes so many operations, by type, for so many steps."""
        self._of_step = {dtype: count / steps for dtype, count in operations.items()}

    def _found(self) -> dict[str, Any]:
        clock, run = self.clock, self._throughput
        name = _first(framework.device_name(self._device) for framework in table.in_use())
        found: dict[str, Any] = {
            "version": 1,
            "device": {"kind": self._device.kind, "count": self._device.count, "name": name},
            "memory": {
                # In kilobytes, as Linux has it.
                "host": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "device": _first(each.peak_memory(self._device) for each in table.in_use()),
            },
            "aside": {what: round(seconds, 4) for what, seconds in run.aside.items()},
        }
        if clock.sampled:
            found["phases"] = {
                "steps": clock.sampled,
                "seconds": {part: each / clock.sampled for part, each in clock.seconds.items()},
            }
        if run.steps == 0 or run.seconds <= 0:
            return found
        found["throughput"] = {
            "steps": run.steps,
            "seconds": run.seconds,
            "items": run.items,
            "unit": run.unit,
        }
        operations = self._operations_of_step()
        if operations is not None:
            by_type = {dtype: each * run.steps / run.seconds for dtype, each in operations.items()}
            of_one = {dtype: rate / self._device.count for dtype, rate in by_type.items()}
            found["operations"] = {
                "of_step": sum(operations.values()),
                "per_second": by_type,
                "share_of_peak": share_of_peak(name, of_one),
            }
        return found

    def _operations_of_step(self) -> Mapping[str, float] | None:
        if self._of_step is not None:
            return self._of_step
        clock = self.clock
        if not clock.counted or not clock.operations:
            return None
        # One of an optimizer was counted, and one of the recipe may be several of those.
        share = self._throughput.ticks / self._throughput.steps / clock.counted
        return {dtype: share * each for dtype, each in clock.operations.items()}


def _first(values: Iterator[Any]) -> Any:
    return next((value for value in values if value is not None), None)
