"""All that a GPU machine has to show, in one go and in bounded time: `benchmarks/gpu/run`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from benchmarks.gpu.plan import plan_steps
from benchmarks.gpu.steps import Outcome, Runner
from benchmarks.gpu.table import write_tables

root = Path(__file__).parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Goes through the steps that have not been done yet; 0 where all of them are."""
    parser = argparse.ArgumentParser(prog="benchmarks/gpu/run", description=__doc__)
    parser.add_argument("--device", choices=("gpu", "cpu"), default="gpu")
    parser.add_argument("--small", action="store_true", help="the same road with tiny models")
    parser.add_argument("--minutes", type=float, default=10, help="for all of it (10)")
    parser.add_argument("--results", type=Path, help="the folder that keeps finished steps")
    parser.add_argument("--only", nargs="+", metavar="STEP", help="these steps and no others")
    options = parser.parse_args(arguments)
    size = "small" if options.small else "full"
    folder = (options.results or root / "tmp" / "gpu" / f"{options.device}-{size}").absolute()
    steps = plan_steps(options.device, options.small)
    names = [step.name for step in steps]
    if unknown := [name for name in options.only or () if name not in names]:
        parser.error(f"no such step: {', '.join(unknown)}; there are: {', '.join(names)}")
    runner = Runner(root, folder, ends=time.monotonic() + 60 * options.minutes)
    outcomes: list[Outcome] = []
    for step in steps:
        if options.only and step.name not in options.only:
            continue
        outcomes.append(runner.run(step))
        write_tables(outcomes, folder)  # after each: whoever kills this has what was found
    print((folder / "table.md").read_text(encoding="utf-8"))
    return 0 if all(outcome.status == "done" for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
