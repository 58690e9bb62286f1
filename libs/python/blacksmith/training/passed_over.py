"""Which checkpoints no run could continue from: later runs are not to fail on them, too."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path


class PassedOver:
    """Digests of the files that describe such checkpoints, kept in a file of JSON."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __contains__(self, described: Path) -> bool:
        return bool(known := self._known()) and _digest_of(described) in known

    def add(self, described: Path) -> None:
        """Notes one, for good."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        digests = [*self._known(), _digest_of(described)]
        self._file.write_text(json.dumps(digests), encoding="utf-8")

    def _known(self) -> list[str]:
        try:
            known = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        return known if isinstance(known, list) else []


def _digest_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
