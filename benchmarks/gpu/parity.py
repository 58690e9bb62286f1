"""Whether each recipe comes to the same on both kinds of device, within its tolerances."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.gpu.figures import write_figures


def main() -> int:
    """Asks `blacksmith parity`, recipe by recipe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", required=True)
    parser.add_argument("settings", type=json.loads, help="by recipe: a.b=value, as JSON")
    parser.add_argument("--result", type=Path, required=True)
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    held = []
    for recipe, settings in options.settings.items():
        flags = [flag for setting in settings for flag in ("--set", setting)]
        command = ["npx", "blacksmith", "parity", recipe, f"--devices=cpu,{options.device}"]
        ended = subprocess.run(
            [*command, "--json", *flags], stdout=subprocess.PIPE, text=True, check=False
        )
        figures[recipe], holds = read_parity(ended.stdout)
        held.append(holds)
        write_figures(options.result, figures)
    return 0 if all(held) else 1


def read_parity(said: str) -> tuple[dict[str, str], bool]:
    """By metric: value on the CPU, on the other, and what was allowed; and whether all hold."""
    try:
        parity = json.loads(said)
    except ValueError:
        return {"parity": "failed: there are no runs to compare"}, False
    found = {}
    for row in parity["rows"]:
        value = row["value"]["mean"] if row.get("value") else "none"
        there = f"{value:.4g}" if isinstance(value, float | int) else value
        within = "within" if row["within"] else "NOT within"
        allowed = f"{within} {row['allowed']:.3g}"
        found[row["metric"]] = f"{row['reference']['mean']:.4g} and {there}, {allowed}"
    return found, bool(parity["holds"])


if __name__ == "__main__":
    sys.exit(main())
