"""Which checkpoints a run could not continue from: later runs are not to fail on them, too."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path


class PassedOver:
    """Faults by the digest of the file that describes such a checkpoint, kept in a file of JSON."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def fault_of(self, described: Path) -> str | None:
        """How a run failed on it; None for what no run has failed on."""
        return known.get(_digest_of(described)) if (known := self._known()) else None

    def add(self, described: Path, fault: str) -> None:
        """Notes one, until somebody removes the file."""
        self._write({**self._known(), _digest_of(described): fault})

    def forget(self, described: Path) -> None:
        """The inverse."""
        digest = _digest_of(described)
        self._write({one: fault for one, fault in self._known().items() if one != digest})

    def _known(self) -> dict[str, str]:
        try:
            known = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(known, dict):
            return {}
        return {digest: str(fault) for digest, fault in known.items()}

    def _write(self, faults: dict[str, str]) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps(faults), encoding="utf-8")


def _digest_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
