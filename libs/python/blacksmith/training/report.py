"""What an experiment adds to its report: blocks that say what to show, never how.

Their format is described in libs/report/README.md.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write_report(folder: Path, blocks: list[dict[str, Any]]) -> None:
    """Writes report.json; the blocks' pictures are named by their paths in `folder`."""
    content = {"version": 1, "blocks": blocks}
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    (folder / "report.json").write_text(text, encoding="utf-8")
