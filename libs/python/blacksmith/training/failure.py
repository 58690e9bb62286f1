"""Ways in which a run ends without a result, in the words of the `failed` event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FailureKind = Literal["bad-input", "nan", "stopped", "out-of-memory", "disk-full", "error"]


class RunFailed(Exception):
    """A run that ends for a reason people can act on; it is reported without a traceback."""

    kind: FailureKind = "error"
    shows_traceback = False

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class BadInput(RunFailed):
    """Data, a parameter or a file that cannot be used as it is."""

    kind: FailureKind = "bad-input"


class NotFinite(RunFailed):
    """A loss or metric became NaN or infinite."""

    kind: FailureKind = "nan"


class Stopped(RunFailed):
    """The run was asked to stop; its checkpoint, if it makes any, is written."""

    kind: FailureKind = "stopped"


class StateUnusable(RunFailed):
    """The recipe failed on the state that it was to continue from."""

    shows_traceback = True


class DiskFull(RunFailed):
    """There is no room for what has to be written."""

    kind: FailureKind = "disk-full"


@dataclass(frozen=True)
class Failure:
    """What the `failed` event says."""

    kind: FailureKind
    message: str
    remedy: str | None = None
    with_traceback: bool = True


# What a library puts into one line can be a whole tensor.
_longest_line = 1000

# Exit codes follow sysexits.h: EX_DATAERR, EX_TEMPFAIL.
_exit_codes: dict[FailureKind, int] = {"bad-input": 65, "stopped": 75}


def exit_code(kind: FailureKind) -> int:
    """The process's exit status for a failure of this kind."""
    return _exit_codes.get(kind, 1)


def first_line(error: BaseException) -> str:
    """What people see of an error first; its traceback has the rest."""
    text = (text_of(error).strip() or type(error).__name__).splitlines()[0]
    return text if len(text) <= _longest_line else f"{text[:_longest_line]} … (cut)"


def text_of(error: BaseException) -> str:
    """What an error says, whatever happens in asking it."""
    try:
        return str(error)
    except Exception as fault:  # noqa: BLE001 - whatever it is, the error itself must be reported
        return f"it cannot be put into words ({type(fault).__name__})"
