"""Holds what this process opens to what its request names, with words that say what to declare.

It is an audit hook: it sees what Python code opens, and knows the line. What C, C++ and Rust open
without telling Python, and what child programs do, only the kernel can refuse (the supervisor asks
it to); blacksmith.training.denial finds the words for those.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from blacksmith.training.capsule import Capsule
from blacksmith.training.failure import Failure
from blacksmith.training.notes import Notes
from blacksmith.training.reach import Reach
from blacksmith.training.refusal import Act, Box, Refusal, as_failure, asked_at

_creating = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_internet = (socket.AF_INET, socket.AF_INET6)
_this_machine = ("127.0.0.1", "::1", "localhost")


class Guard:
    """Decides about each access of this process, and of the workers that it forks.

    What it refuses it also notes in a file in `work`: programs swallow errors.
    """

    def __init__(self, box: Box, capsule: Capsule | None, work: Path) -> None:
        self.box = box
        self.capsule = capsule
        self.reach = Reach(box.read, box.write)
        self._listable = {os.path.realpath(folder) for folder in box.listed}
        self._notes = Notes(work)
        self._checks: dict[str, Callable[..., None]] = {
            "open": self._opened,
            "os.listdir": self._listed,
            "os.scandir": self._listed,
            "ctypes.dlopen": self._linked,
            "sqlite3.connect": self._database,
        }
        if box.network != "open":
            for event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
                self._checks[event] = self._connected

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """For sys.addaudithook. Raises PermissionError for what lies outside the box."""
        check = self._checks.get(event)
        if check is not None:
            check(*arguments)

    def noted(self) -> Failure | None:
        """The failure that ends the run, if anything was refused: here or in a forked worker."""
        return as_failure(list(self._notes), self.box, self.capsule) if self._notes else None

    def _opened(
        self, path: object = None, mode: object = None, flags: object = 0, *_: object
    ) -> None:
        text = _text(path)
        if text is None or not isinstance(flags, int):
            return
        writing = bool(flags & (_creating | os.O_RDWR))
        if self.reach.is_known(text, writing=writing):
            return
        # os.open may be given another folder than the working one, and the event is silent on it.
        beside = mode is None and not text.startswith("/")
        # numpy.memmap maps for writing unless asked otherwise: without O_CREAT, reading is meant.
        if not flags & _creating:
            self._decide_reading("reads", text, misses=not beside)
        if writing and not beside:
            self._decide_writing(text)

    def _listed(self, path: object = None, *_: object) -> None:
        text = "." if path is None else _text(path)
        if text is not None and os.path.realpath(text) not in self._listable:
            self._decide_reading("lists", text)

    def _linked(self, name: object = None, *_: object) -> None:
        text = _text(name)
        # A name without a folder is looked up by the loader, in places of its own.
        if text is not None and "/" in text:
            self._decide_reading("reads", text)

    def _database(self, path: object = None, *_: object) -> None:
        text = _text(path)
        if text is not None:
            self._decide_reading("reads", text)

    def _connected(self, connection: object = None, address: object = None, *_: object) -> None:
        family = getattr(connection, "family", None)
        if family in _internet and isinstance(address, tuple):
            if self.box.network == "chosen" and str(address[0]) in _this_machine:
                return
            self._refuse("connects", ":".join(str(part) for part in address[:2]))
        name = _text(address) if family == socket.AF_UNIX else None
        path = _absolute(name) if name else None
        # One with a name and no file is the kernel's to refuse: it knows whose it is.
        if path is not None and os.path.lexists(path):
            real = os.path.realpath(path)
            if not self.reach.may_write(real):
                self._refuse("connects", real)

    def _decide_reading(self, act: Act, text: str, *, misses: bool = True) -> None:
        """With `misses`, a file that is absent in the capsule and present in the workspace counts.

        Any other file that does not exist passes: the program sees its own FileNotFoundError.
        """
        path = _absolute(text)
        if path is None or self.reach.is_installed(text, os.path.normpath(path)):
            return
        real = os.path.realpath(path)
        if not self.reach.may_read(real):
            if os.path.lexists(path):
                self._refuse(act, real)
        elif misses and self.capsule is not None and self.capsule.lacks(real):
            self._refuse(act, real)
        else:
            self.reach.remember("readable", text, real)

    def _decide_writing(self, text: str) -> None:
        path = _absolute(text)
        if path is None:
            return
        real = os.path.realpath(path)
        if self.reach.may_write(real):
            self.reach.remember("writable", text, real)
        elif Path(real).parent.is_dir():
            self._refuse("writes", real)

    def _refuse(self, act: Act, path: str) -> NoReturn:
        refusal = Refusal(act, path, asked_at(sys._getframe(1), self.capsule))
        self._notes.add(refusal)
        failure = as_failure([refusal], self.box, self.capsule)
        text = f"{failure.message}; {failure.remedy}"
        raise PermissionError(errno.EACCES, text, *([] if act == "connects" else [path]))


def _text(path: object) -> str | None:
    """A path as text; None for a descriptor, and for what is no path at all."""
    if isinstance(path, str):
        return path
    return os.fsdecode(path) if isinstance(path, (bytes, os.PathLike)) else None


def _absolute(text: str) -> str | None:
    """The path from the root; None where the call itself will say what is wrong with it."""
    if "\0" in text:
        return None
    try:
        return text if text.startswith("/") else f"{Path.cwd()}/{text}"
    except OSError:
        return None
