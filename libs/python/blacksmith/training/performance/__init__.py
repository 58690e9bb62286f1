"""What a training got out of its device: items and operations a second, memory, time by phase."""

from blacksmith.training.performance.measurement import Measurement
from blacksmith.training.performance.step_clock import StepClock, phase

__all__ = ["Measurement", "StepClock", "phase"]
