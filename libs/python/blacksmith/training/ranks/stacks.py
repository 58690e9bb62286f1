"""What a process was doing that does not answer any more: the stacks of its threads."""

from __future__ import annotations

import faulthandler
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

_asking = signal.SIGUSR2
# It writes them at once, or never: where it waits in the kernel no signal is taken.
_longest_wait_s = 2.0


def write_when_asked(file: Path) -> None:
    """Has this process write its stacks there when it gets the signal, whatever it is doing."""
    faulthandler.register(_asking, file=file.open("w"), all_threads=True)


def stacks_of(pid: int, file: Path) -> str:
    """The stacks of a process that called `write_when_asked`; empty where it writes none.

    One that was stopped goes on by this.
    """
    with suppress(OSError):
        os.kill(pid, _asking)
        os.kill(pid, signal.SIGCONT)
    end = time.monotonic() + _longest_wait_s
    text = ""
    while time.monotonic() < end:
        before = text
        with suppress(OSError):
            text = file.read_text(errors="replace")
        if text and text == before:
            break
        time.sleep(0.05)
    return text
