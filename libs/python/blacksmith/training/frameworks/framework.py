"""What a framework supplies, so that its states, seeds and errors are known in every run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blacksmith.training.frameworks.leaf import Leaf
from blacksmith.training.request import Device

if TYPE_CHECKING:
    from blacksmith.training.performance.step_clock import StepClock

State = dict[str, Any]


class Framework:
    """One framework, or a library beside one. What it does not need stays as it is here.

    It is in use once one of its `packages` is imported. But for `before_import`, `from_raw` and
    `restore_random_state` nothing is called before that, so methods import the package themselves:
    a run that does not use it must not load it.
    """

    # By the names that Python imports them under; the first one stands for the framework.
    packages: tuple[str, ...]

    # Of `logging`, by name: from these people see errors only.
    loggers: tuple[str, ...] = ()

    # The kinds of its leaves: what a checkpoint calls them. They are its own, and stay for ever.
    kinds: tuple[str, ...] = ()

    def before_import(self, device: Device) -> None:
        """Sets the environment variables that the package reads: threads, precision, chatter."""

    def seed(self, seed: int, device: Device) -> None:
        """Seeds its global generators, and has equal runs give equal bytes (threads, kernels).

        Called as soon as the package is imported, and once more before the recipe's function.
        """

    def random_state(self) -> State:
        """The state of its global generators, by names that no other framework uses."""
        return {}

    def restore_random_state(self, state: State) -> None:
        """The inverse. `state` has the entries of all frameworks; perhaps none of this one."""

    def to_raw(self, value: Any, path: str) -> Leaf | None:
        """A leaf of its own as bytes, None for anything else.

        Raises TypeError, which names it by `path`, where no file can hold it (see `code_of`).
        """
        return None

    def from_raw(self, leaf: Leaf) -> Any:
        """The inverse: a leaf with memory of its own. Whoever has `kinds` has this, too."""
        raise TypeError(f"the framework {self.packages[0]} does not read {leaf.kind}: no from_raw")

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Whether an error other than MemoryError says that a device or the host is full."""
        return False

    def is_lost_peer(self, error: BaseException) -> bool:
        """Whether an error says that another process of the same training cannot be reached."""
        return False

    def is_misfit(self, error: Exception) -> bool:
        """Whether an error says that a state is of another model's shape.

        Asked only of what is no LookupError, TypeError, ValueError or AttributeError.
        """
        return False

    def watch_steps(self, clock: StepClock, device: Device) -> Callable[[], None]:
        """Has `clock` told of each training step and its parts; returns what ends that.

        Nothing that it does may shape a result.
        """
        return lambda: None

    def device_name(self, device: Device) -> str | None:
        """What the driver calls the device; None where the framework does not say."""
        return None

    def peak_memory(self, device: Device) -> int | None:
        """The most bytes of the device that were in use at once, where the framework knows."""
        return None

    def start_trace(self, file: Path) -> Callable[[], None] | None:
        """Traces from here on; what is returned ends that and writes `file`, gzipped JSON for
        Perfetto. None where the framework cannot.
        """
        return None
