"""Which paths lie inside the box; quick for the thousands of files of an environment."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

Kind = Literal["installed", "readable", "writable"]

_most_folders = 10_000


class Reach:
    """The folders and files that may be read and written, and what was found out about others.

    Paths come as their programs spelled them. pathlib would take longer than the opening itself.
    """

    def __init__(self, read: Iterable[Path], write: Iterable[Path]) -> None:
        self._write = _prefixes(map(str, write))
        self._read = (*self._write, *_prefixes(map(str, read)))
        # An environment's files may be links into a cache: its folder's name is enough.
        installed = {sys.prefix, sys.base_prefix, sys.exec_prefix}
        self._installed = _prefixes(p for p in installed if self.may_read(os.path.realpath(p)))
        # Folders, as spelled, in which every name leads to such a file unless it is a link.
        self._known: dict[Kind, set[str]] = {
            "installed": set(),
            "readable": set(),
            "writable": set(),
        }

    def may_read(self, real: str) -> bool:
        """Whether a path without links may be read."""
        return f"{real}/".startswith(self._read)

    def may_write(self, real: str) -> bool:
        """Whether a path without links may be written."""
        return f"{real}/".startswith(self._write)

    def is_known(self, path: str, *, writing: bool) -> bool:
        """Whether a path can pass without a closer look. Most do."""
        folder, _, name = path.rpartition("/")
        if not writing and folder in self._known["installed"]:
            return name != ".."
        return folder in self._known["writable" if writing else "readable"] and _is_plain(path)

    def is_installed(self, path: str, plain: str) -> bool:
        """Whether a path, also given without `.` and `..`, lies in the environment."""
        found = f"{plain}/".startswith(self._installed)
        if found:
            self._remember("installed", path)
        return found

    def remember(self, kind: Kind, path: str, real: str) -> None:
        """Keeps what was found out about a path for the other files of its folder."""
        folder = path.rpartition("/")[0]
        if folder.startswith("/") and os.path.realpath(folder) == real.rpartition("/")[0]:
            self._remember(kind, path)

    def _remember(self, kind: Kind, path: str) -> None:
        folder, _, name = path.rpartition("/")
        # What a relative path means changes with the working folder.
        if not folder.startswith("/") or name in ("", ".", ".."):
            return
        known = self._known[kind]
        if len(known) >= _most_folders:
            known.clear()
        known.add(folder)


def _prefixes(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{path.rstrip('/')}/" for path in paths))


def _is_plain(path: str) -> bool:
    """Whether the path is there and no link. Its absence may mean more than that."""
    try:
        return not stat.S_ISLNK(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False
