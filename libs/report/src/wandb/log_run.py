"""Logs one finished run to Weights & Biases: what to log comes as JSON on stdin.

Run by `blacksmith export --wandb` with an interpreter that has wandb; nothing else imports it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def main() -> None:
    """Reads the request and logs the run; the last line of stdout is its address, if it has one."""
    asked = json.load(sys.stdin)
    import wandb

    # A run of this id that is there already is replaced: exporting twice gives one run.
    run = wandb.init(
        project=asked["project"],
        id=asked["id"],
        name=asked["name"],
        group=asked["group"],
        job_type=asked["job_type"],
        tags=asked["tags"],
        config=asked["config"],
    )
    for step, values in steps(Path(asked["metrics"])):
        run.log(values, step=step)
    run.summary.update(asked["summary"])
    address = run.url
    run.finish()
    sys.stdout.write(f"{address or ''}\n")


def steps(metrics: Path) -> Iterator[tuple[int, dict[str, float]]]:
    """The values of each step in one record, as W&B wants them: it never takes a step twice."""
    step: int | None = None
    values: dict[str, float] = {}
    for line in lines(metrics):
        if step is not None and line["step"] != step:
            yield step, values
            values = {}
        step = line["step"]
        values |= {
            f"{line.get('split', 'train')}/{name}": value
            for name, value in line["values"].items()
            if isinstance(value, int | float)
        }
    if step is not None:
        yield step, values


def lines(metrics: Path) -> Iterator[dict[str, Any]]:
    """The records of a metrics.jsonl; a run that measured nothing has none."""
    if not metrics.exists():
        return
    with metrics.open(encoding="utf-8") as file:
        for text in file:
            yield json.loads(text)


if __name__ == "__main__":
    main()
