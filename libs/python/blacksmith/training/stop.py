"""How a run is asked to stop, and how it notices that nobody waits for it any more."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType

from blacksmith.training.failure import Stopped


class StopSignal:
    """Set by SIGTERM or SIGINT. Signals arrive more than once; one is enough."""

    def __init__(self) -> None:
        self._requested = False
        self._at_once = False

    @property
    def requested(self) -> bool:
        """Whether the run should stop."""
        return self._requested

    def listen(self, *, at_once: bool) -> None:
        """Installs the handlers. With `at_once` a signal ends the run where it is: a preparation
        or an evaluation has nothing to save.
        """
        self._at_once = at_once
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._requested:
            return
        self._requested = True
        if self._at_once:
            raise Stopped(f"stopped by {signal.Signals(number).name}")


def end_with_starter() -> None:
    """Ends this process when the control descriptor closes: whoever started it is gone."""
    text = os.environ.pop("BLACKSMITH_CONTROL_FD", None)
    if text is None:
        return
    descriptor = int(text)
    os.set_inheritable(descriptor, False)

    def watch() -> None:
        while os.read(descriptor, 4096):
            pass
        os._exit(1)

    threading.Thread(target=watch, name="control", daemon=True).start()
