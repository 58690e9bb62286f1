"""What of a step's time is taken for which part of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from blacksmith.training.performance import step_clock
from blacksmith.training.performance.step_clock import StepClock, phase, ticking


class Time:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(step_clock, "perf_counter", lambda: time.now)
    return time


@pytest.fixture
def clock(time: Time) -> Iterator[StepClock]:
    """One whose next step is timed."""
    clock = StepClock()
    with ticking(clock):
        clock.step_ended()
        clock.step_ended()
        yield clock


def test_the_parts_of_a_step_are_told_apart(clock: StepClock, time: Time) -> None:
    with phase("reports"):
        time.pass_by(1)
    with phase("data"):
        time.pass_by(2)
    time.pass_by(4)
    clock.backward_began()
    time.pass_by(8)
    clock.backward_ended()
    time.pass_by(16)
    clock.step_ended()
    assert clock.sampled == 1
    assert clock.seconds == {
        "reports": 1,
        "data": 2,
        "forward": 4,
        "backward": 8,
        "optimizer": 16,
    }


def test_what_comes_between_two_backward_passes_is_forward(clock: StepClock, time: Time) -> None:
    for forward, backward in ((1, 10), (2, 20)):
        time.pass_by(forward)
        clock.backward_began()
        time.pass_by(backward)
        clock.backward_ended()
    time.pass_by(100)
    clock.step_ended()
    assert clock.seconds == {"forward": 3, "backward": 30, "optimizer": 100}


def test_a_step_that_holds_something_else_is_left_out(clock: StepClock, time: Time) -> None:
    time.pass_by(1)
    clock.drop()
    time.pass_by(1)
    clock.step_ended()
    assert (clock.sampled, dict(clock.seconds)) == (0, {})
    clock.step_ended()
    assert clock.sampled == 1


def test_the_device_is_waited_for_in_a_few_steps_only(clock: StepClock, time: Time) -> None:
    waits = 0

    def wait() -> None:
        nonlocal waits
        waits += 1

    clock.wait = wait
    for _ in range(1000):
        with phase("data"):
            time.pass_by(0.001)
        clock.backward_began()
        clock.backward_ended()
        clock.step_ended()
    assert clock.sampled <= 1 + 1.0 / 0.2
    assert waits <= 6 * (clock.sampled + 1)


def test_a_phase_outside_of_any_training_is_nothing() -> None:
    with phase("data"):
        pass
