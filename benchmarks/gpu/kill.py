"""Kills a training with SIGKILL behind a checkpoint, and runs the same command again.

It has to continue there, and to come to its end. On the CPU its model has the bytes of a training
in one piece; on a GPU, where that is no promise, it is said whether it has them.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.gpu.environment import variables
from benchmarks.gpu.figures import write_figures

continuing = re.compile(r"continuing at step ([\d,]+)")


def main() -> int:
    """0 where what is promised held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", required=True)
    parser.add_argument("settings", nargs="*", help="a.b=value")
    parser.add_argument("--result", type=Path, required=True)
    options = parser.parse_args()
    # Asked to end, it ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("it was stopped"))
    settings = (
        *options.settings,
        f"training.seed={os.getpid()}",
    )  # of a training that is not there
    flags = [flag for setting in settings for flag in ("--set", setting)]
    command = ["npx", "nx", "run", "torch-llama:train", f"--device={options.device}", *flags]
    kill_behind_checkpoint(command)
    said = finish(command)
    found = continuing.search(said)
    figures: dict[str, object] = {"continued at step": found[1] if found else "none"}
    write_figures(options.result, figures)
    # A run from the start, which says so where its bytes are others than those that are there.
    equal = "made other bytes" not in finish(command, BLACKSMITH_FRESH="1")
    promised = options.device == "cpu"
    figures["bytes of one in one piece" + ("" if promised else " (no promise here)")] = equal
    write_figures(options.result, figures)
    return 0 if found and (equal or not promised) else 1


def kill_behind_checkpoint(command: Sequence[str]) -> None:
    """Ends nx and all that it has started once two checkpoints were there: one of them is whole."""
    before = checkpoints()
    seen: set[Path] = set()
    process = subprocess.Popen(
        command,
        env=variables(BLACKSMITH_CHECKPOINT_SECONDS="0"),
        stdout=subprocess.DEVNULL,
        process_group=0,
    )
    try:
        while len(seen := seen | checkpoints() - before) < 2:
            if process.poll() is not None:
                sys.exit("the training ended before it could be killed")
            time.sleep(0.01)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def checkpoints() -> set[Path]:
    """All that lie in the store's working folders."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = Path(os.environ.get("BLACKSMITH_HOME") or Path(cache).expanduser() / "blacksmith")
    return {path for path in home.glob("work/*/checkpoints/*") if not path.name.startswith(".")}


def finish(command: Sequence[str], **more: str) -> str:
    """Runs it to its end and gives what it said. Raises CalledProcessError when it fails."""
    ended = subprocess.run(
        command,
        env=variables(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(ended.stdout, flush=True)
    ended.check_returncode()
    return ended.stdout


if __name__ == "__main__":
    sys.exit(main())
