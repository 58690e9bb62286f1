"""Recognises that a file could not be run or loaded since its disk is mounted `noexec`."""

from __future__ import annotations

import os
import re
from pathlib import Path

_not_loaded = re.compile(r"(/[^:\n]*?): failed to map segment from shared object")


def kept_from_running(error: BaseException) -> str | None:
    """The file that the error, or one that it was made from, is about; None where it is another."""
    link: BaseException | None = error
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        file = _file_of(link)
        if file is not None and _is_on_noexec(file):
            return file
        link = link.__cause__ or link.__context__
    return None


def _file_of(error: BaseException) -> str | None:
    if isinstance(error, PermissionError) and isinstance(error.filename, str):
        return error.filename
    # Of whatever type: compilers of models wrap the loader's error in one of their own.
    found = _not_loaded.search(_text_of(error))
    return found[1] if found else None


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an error without words is about something else
        return ""


def _is_on_noexec(file: str) -> bool:
    try:
        executable = Path(file).stat().st_mode & 0o111 or ".so" in file
        return bool(executable and os.statvfs(file).f_flag & os.ST_NOEXEC)
    except OSError:
        return False
