"""All recipes from data to judgement: on the GPU one after the other, on the CPU side by side."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.gpu.environment import variables
from benchmarks.gpu.figures import write_figures

threads_of_a_run = 2  # on the CPU


def main() -> int:
    """Those on the CPU, which parity needs, run while the GPU has its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", required=True)
    parser.add_argument("settings", type=json.loads, help="by recipe: a.b=value, as JSON")
    parser.add_argument("--result", type=Path, required=True)
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    lock = threading.Lock()

    def carry_out(recipe: str, kind: str) -> bool:
        found = evaluate(recipe, kind, options.settings[recipe])
        with lock:
            figures[f"{recipe} on {kind}"] = found
            write_figures(options.result, figures)
        return not found.startswith("failed")

    at_once = max(1, (os.cpu_count() or 1) // threads_of_a_run - 1)
    with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(at_once) as beside:
        ends = [first.submit(carry_out, recipe, options.device) for recipe in options.settings]
        if options.device != "cpu":
            ends += [beside.submit(carry_out, recipe, "cpu") for recipe in options.settings]
    return 0 if all(end.result() for end in ends) else 1


def evaluate(recipe: str, kind: str, settings: list[str]) -> str:
    """Seconds of it and of what it needs, all waiting included, or why it failed."""
    flags = [flag for setting in settings for flag in ("--set", setting)]
    began = time.monotonic()
    ended = subprocess.run(
        ["npx", "nx", "run", f"{recipe}:evaluate", f"--device={kind}", *flags],
        env=variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(ended.stdout, flush=True)
    if ended.returncode == 0:
        stored = f"{recipe}:train  nothing to do" in ended.stdout
        return f"{time.monotonic() - began:.0f} s{', trained before' if stored else ''}"
    said = [line.strip() for line in ended.stdout.splitlines() if line.strip()]
    return f"failed: {next((line for line in said if 'error' in line.lower()), 'see the log')}"


if __name__ == "__main__":
    sys.exit(main())
