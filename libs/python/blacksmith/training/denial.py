"""Recognises, in an error that a library raised, a refusal that did not pass through Python.

The kernel says only "permission denied", and libraries make of it what they like: safetensors says
that there is no such file, tokenizers do not even name it.
"""

from __future__ import annotations

import errno
import linecache
import os
import re
import socket
from collections.abc import Iterator
from types import TracebackType

from blacksmith.training.box import Guard
from blacksmith.training.capsule import lacking_module
from blacksmith.training.failure import Failure, RunFailed
from blacksmith.training.refusal import Act, Refusal, as_failure, raised_at

_denied = re.compile(r"permission ?denied|os error 13|errno 13", re.IGNORECASE)
_failed_to_open = re.compile(
    r"permission ?denied|os error 13|errno 13|no such file|open|not found|exist|exit status",
    re.IGNORECASE,
)
_of_a_network = re.compile(r"connect|socket|https?://|network|\bdns\b|resolve", re.IGNORECASE)
_quoted = re.compile(r"'([^'\n]+)'|\"([^\"\n]+)\"|<([^>\n]+)>")
# Errors that are about something else, whatever file names they hold.
_unrelated = (LookupError, TypeError, AttributeError, AssertionError, NameError, RunFailed)


def explain(error: BaseException, guard: Guard) -> Failure | None:
    """The failure in the words of the box; None where the error has nothing to do with it."""
    if not isinstance(error, Exception) or isinstance(error, RunFailed):
        return None
    links = list(_chain(error))
    where = next((p for p in (raised_at(e.__traceback__, guard.capsule) for e in links) if p), None)
    for link in links:
        act, path = _refused_file(link, guard)
        if path is not None:
            return as_failure([Refusal(act, path, where)], guard.box, guard.capsule)
    if guard.box.network == "closed" and any(_is_refused_connection(link) for link in links):
        return as_failure([Refusal("connects", "", where)], guard.box, guard.capsule)
    return _nameless(links, guard)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, and those that it was made from: the nearest first."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        link = waiting.pop(0)
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        context = None if link.__suppress_context__ else link.__context__
        group = link.exceptions if isinstance(link, BaseExceptionGroup) else ()
        waiting += [link.__cause__, context, *link.args, getattr(link, "reason", None), *group]


def _refused_file(error: BaseException, guard: Guard) -> tuple[Act, str | None]:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return "reads", lacking_module(error.name, guard.capsule)
    text = _own_words(error)
    if isinstance(error, _unrelated) or not _failed_to_open.search(text):
        return "reads", None
    named = [n for n in (getattr(error, "filename", None), getattr(error, "filename2", None)) if n]
    # A failed program's arguments (subprocess.CalledProcessError).
    command = getattr(error, "cmd", None)
    given = command if isinstance(command, (list, tuple)) else ()
    for name in [*named, *given, *_names_in(text)]:
        real = _real(name)
        if real is None:
            continue
        if guard.capsule is not None and guard.capsule.lacks(real):
            return "reads", real
        if not guard.reach.may_read(real) and os.path.lexists(real):
            return "reads", real
        if name in named and _is_denied(error) and _is_refused_writing(real, guard):
            return "writes", real
    return "reads", None


def _own_words(error: BaseException) -> str:
    """What an error says, without the traceback that a worker's error brings along."""
    return "\n".join(line for line in str(error).splitlines() if not line.startswith(" "))


def _names_in(text: str) -> Iterator[str]:
    for groups in _quoted.findall(text):
        yield from (group for group in groups if group)
    for piece in re.split(r":\s", text):
        yield piece.strip()
    for word in text.split():
        name = word.strip(".,;:'\"()<>[]{}")
        if "/" in name or "." in name:
            yield name


def _real(name: object) -> str | None:
    if not isinstance(name, (str, bytes, os.PathLike)):
        return None
    try:
        return os.path.realpath(os.fsdecode(name))
    except (ValueError, OSError):
        return None


def _is_refused_writing(real: str, guard: Guard) -> bool:
    # Of other processes the kernel shows little, to readers too.
    if guard.reach.may_write(real) or real.startswith("/proc/"):
        return False
    # A file of the run's own inputs that its owner may not read: nothing to do with the box.
    return not os.path.lexists(real) or os.access(real, os.R_OK)


def _is_denied(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno == errno.EACCES:
        return True
    return _denied.search(_own_words(error)) is not None


def _is_refused_connection(error: BaseException) -> bool:
    if isinstance(error, socket.gaierror):
        return True  # the name service lies in the network too
    if not _is_denied(error) and getattr(error, "errno", None) != errno.EPERM:
        return False
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    asked = _call_in(traceback) if traceback is not None else ""
    return _of_a_network.search(f"{_own_words(error)} {asked}") is not None


def _call_in(traceback: TracebackType) -> str:
    code = traceback.tb_frame.f_code
    return f"{code.co_name} {linecache.getline(code.co_filename, traceback.tb_lineno)}"


def _nameless(links: list[BaseException], guard: Guard) -> Failure | None:
    for link in links:
        names_one = getattr(link, "filename", None) is not None or "/" in _own_words(link)
        if names_one or isinstance(link, _unrelated) or not _is_denied(link):
            continue
        return Failure(
            "bad-input",
            f"a library was refused something that it does not name: {_own_words(link)[:200]}",
            f"this run reads its data and what {guard.box.declare_in} declares under inputs:, and"
            " writes below ctx.output and ctx.work",
        )
    return None
