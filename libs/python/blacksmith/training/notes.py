"""Keeps what was refused, across forks: a program, or a worker of it, may swallow the error."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

from blacksmith.training.refusal import Refusal

# A program that tries the same again and again must not fill the disk.
_most_of_one_process = 100


class Notes:
    """Lines in a file without a name, which forked workers share with where they stem from."""

    def __init__(self, folder: Path) -> None:
        file = folder / "refused.jsonl"
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC
        self._descriptor = os.open(file, flags, 0o600)
        file.unlink()
        self._added: set[Refusal] = set()

    def add(self, refusal: Refusal) -> None:
        """Notes a refusal. Called while some other call is being decided: it opens nothing."""
        if refusal in self._added or len(self._added) >= _most_of_one_process:
            return
        self._added.add(refusal)
        os.write(self._descriptor, f"{json.dumps(astuple(refusal))}\n".encode())

    def __bool__(self) -> bool:
        return os.fstat(self._descriptor).st_size > 0

    def __iter__(self) -> Iterator[Refusal]:
        """What this process and its workers have noted by now, in the order of its happening."""
        content = os.pread(self._descriptor, os.fstat(self._descriptor).st_size, 0)
        for line in content.decode().splitlines():
            yield Refusal(*json.loads(line))
