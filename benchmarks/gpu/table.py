"""What the steps came to, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.gpu.steps import Outcome


def write_tables(outcomes: Sequence[Outcome], folder: Path) -> None:
    """table.md and table.json."""
    (folder / "table.md").write_text(as_markdown(outcomes), encoding="utf-8")
    text = json.dumps([asdict(outcome) for outcome in outcomes], indent=2, ensure_ascii=False)
    (folder / "table.json").write_text(text + "\n", encoding="utf-8")


def as_markdown(outcomes: Sequence[Outcome]) -> str:
    """A row for each figure; a step that has failed shows why, and what it had found before."""
    rows = [("step", "what", "value"), ("---", "---", "---")]
    for outcome in outcomes:
        took = f"{outcome.status}, {outcome.seconds:g} s"
        rows.append((outcome.name, took, outcome.problem))
        rows += ((outcome.name, name, value) for name, value in _flat(outcome.figures))
    return "".join(f"| {' | '.join(map(_cell, row))} |\n" for row in rows)


def _flat(figures: dict[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}: ")
        else:
            yield prefix + name, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
