"""The processes of one training, as each of them sees the others."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from blacksmith.training.failure import RunFailed

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

T = TypeVar("T")


class PeerLost(RunFailed):
    """Another process of the training is gone; why, is known to the one that watches over it."""


class Ranks:
    """Which of them this one is. Alone, as most runs are, it has nobody to ask or to tell.

    What is asked here all of them ask, in one order: each waits for the others.
    """

    def __init__(
        self,
        number: int = 0,
        count: int = 1,
        lines: Sequence[Connection] = (),
        folder: Path | None = None,
    ) -> None:
        """`lines` lead to all others from the first one, and to that one from each other."""
        self.number = number
        self.count = count
        self._lines = lines
        self._folder = folder

    @property
    def is_first(self) -> bool:
        """Whether this is the process that reports, and whose files are kept."""
        return self.number == 0

    @property
    def folder(self) -> Path:
        """A folder that all of them see, empty when they start; only where there are several."""
        assert self._folder is not None, "a single process shares no folder"
        return self._folder

    def decide(self, decision: Callable[[], T]) -> T:
        """What the first process decides, for all: only there `decision` is called."""
        if not self.is_first:
            answer: T = pickle.loads(self._receive(self._lines[0]))
            return answer
        value = decision()
        if self._lines:
            told = pickle.dumps(value)
            for line in self._lines:
                self._send(line, told)
        return value

    def gather(self, value: Any) -> list[Any]:
        """At the first process what each other one gives, in their order; elsewhere nothing."""
        if self.is_first:
            return [pickle.loads(self._receive(line)) for line in self._lines]
        self._send(self._lines[0], pickle.dumps(value))
        return []

    def seed(self, seed: int) -> int:
        """One of this process's own, so that no two of them draw the same."""
        if self.is_first:
            return seed
        digest = hashlib.sha256(f"{seed} {self.number}".encode()).digest()
        return int.from_bytes(digest[:7])

    def _send(self, line: Connection, data: bytes) -> None:
        try:
            line.send_bytes(data)
        except OSError as error:
            raise PeerLost("another process of this training has ended") from error

    def _receive(self, line: Connection) -> bytes:
        try:
            return line.recv_bytes()
        except (EOFError, OSError) as error:
            raise PeerLost("another process of this training has ended") from error
