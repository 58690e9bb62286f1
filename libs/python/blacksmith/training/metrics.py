"""metrics.jsonl: one line for each step and split, also after any number of kills."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


class MetricsJournal:
    """Appends to a run's metrics.jsonl."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen: set[tuple[int, str]] = set()
        self._started = False

    def start(self, earlier: Path | None, step: int) -> None:
        """Begins with the lines of `earlier` up to `step`: later ones will be computed again."""
        lines = _complete_lines(earlier) if earlier else []
        kept = [line for line in lines if line["step"] <= step]
        self._seen = {(line["step"], line["split"]) for line in kept}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        partial = self._file.with_name(f".{self._file.name}.partial")
        partial.write_text("".join(_to_text(line) for line in kept), encoding="utf-8")
        partial.replace(self._file)
        self._started = True

    def append(self, line: dict[str, Any]) -> bool:
        """Adds a line and says so; a step and split that stand there already are left alone."""
        key = (line["step"], line["split"])
        if key in self._seen:
            return False
        if not self._started:
            self.start(None, 0)
        self._seen.add(key)
        with self._file.open("a", encoding="utf-8") as out:
            out.write(_to_text(line))
        return True

    def copy_to(self, file: Path) -> None:
        """Writes and fsyncs a copy as it is now."""
        content = self._file.read_bytes() if self._started else b""
        with file.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())


def _complete_lines(file: Path) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for text in file.read_text(encoding="utf-8").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            break  # the last line of a killed run may be cut
        if isinstance(line, dict) and type(line.get("step")) is int and "split" in line:
            lines.append(line)
    return lines


def _to_text(line: dict[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
