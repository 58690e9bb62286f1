"""How much memory something needs at its worst, for tests of what must not grow with the data."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable
from pathlib import Path

_process = Path("/proc/self")


def peak_growth(work: Callable[[], object]) -> int:
    """Bytes by which this process's memory grew at most while it did `work`; mapped files count.

    Linux only.
    """
    gc.collect()
    (_process / "clear_refs").write_text("5")  # forgets the peak so far
    before = _bytes("VmRSS")
    work()
    return _bytes("VmHWM") - before


def _bytes(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", (_process / "status").read_text())
    assert found is not None
    return int(found[1]) * 1024
