"""`python -m blacksmith.training request.json`: carries out one request.

Events go to the descriptor BLACKSMITH_EVENTS_FD as JSON lines; the run ends when the descriptor
BLACKSMITH_CONTROL_FD closes. Without them it is a run by hand: events are printed.

`python -m blacksmith.training --warm LIBRARY ORDERS`: see blacksmith.training.warm.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path


def _fix_hash_seed() -> None:
    """Starts the interpreter once more with a fixed order of sets, which only its start can fix."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def main() -> int:
    """Reads the command line."""
    if sys.argv[1:2] == ["--warm"]:
        from blacksmith.training.warm import serve

        return serve(*sys.argv[2:])
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m blacksmith.training request.json\n")
        return 64
    _fix_hash_seed()
    from blacksmith.training.runner import run

    return run(Path(sys.argv[1]))


if __name__ == "__main__":
    # Not sys.exit: libraries' exit hooks (a JAX client, a worker pool) may hang or print.
    status = main()
    with suppress(OSError):  # a full disk, or nobody who reads: the status is worth more
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)
