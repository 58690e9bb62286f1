"""Where a step leaves what it found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_figures(file: Path, figures: Mapping[str, Any]) -> None:
    """Whole or not at all: a step may be ended at any time, and keeps what it had written."""
    fresh = file.with_suffix(".fresh")
    fresh.write_text(json.dumps(figures, indent=2, ensure_ascii=False), encoding="utf-8")
    fresh.replace(file)
