"""Ways in which a run ends without a result, in the words of the `failed` event."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import Literal

from blacksmith.training.noexec import kept_from_running

FailureKind = Literal["bad-input", "nan", "stopped", "out-of-memory", "disk-full", "error"]


class RunFailed(Exception):
    """A run that ends for a reason people can act on; it is told without a traceback."""

    kind: FailureKind = "error"
    tells_traceback = False

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

    tells_traceback = True


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


def classify(error: BaseException) -> Failure:
    """Names the kind of an exception from anywhere in a recipe or a library."""
    if isinstance(error, RunFailed):
        return Failure(error.kind, error.message, error.remedy, error.tells_traceback)
    if isinstance(error, KeyboardInterrupt):
        return Failure("stopped", "interrupted", with_traceback=False)
    if isinstance(error, SystemExit):
        code = "" if error.code is None else repr(error.code)
        return Failure(
            "error",
            f"the recipe called sys.exit({code}), which leaves no result",
            "return where it is done, and raise ctx.bad_input(...) where it cannot go on",
            with_traceback=False,
        )
    if _out_of_memory(error):
        return Failure(
            "out-of-memory",
            f"out of memory: {first_line(error)}",
            "lower the batch size, or run on a device with more memory",
        )
    if _disk_full(error):
        return Failure(
            "disk-full",
            f"no space left on the disk: {first_line(error)}",
            "free space, then run the same command again: it continues from the last checkpoint",
        )
    file = kept_from_running(error)
    if file is not None:
        return Failure(
            "error",
            f"{file} cannot be run: its disk is mounted noexec",
            "set TMPDIR (for what runs make meanwhile) or BLACKSMITH_HOME (for environments) to a"
            " folder on another disk",
        )
    if isinstance(error, ModuleNotFoundError):
        return Failure(
            "error",
            f"the Python module {error.name} is not installed in this environment",
            "add it to the environment's requirements file",
        )
    return Failure("error", f"{type(error).__name__}: {first_line(error)}")


def first_line(error: BaseException) -> str:
    """What people are told of an error first; its traceback has the rest."""
    text = (_text_of(error).strip() or type(error).__name__).splitlines()[0]
    return text if len(text) <= _longest_line else f"{text[:_longest_line]} … (cut)"


def _out_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError):
        return True
    if (
        type(error).__name__ == "OutOfMemoryError"
    ):  # torch.OutOfMemoryError, without importing torch
        return True
    # torch's CPU allocator and XLA raise plain RuntimeErrors; only their text tells.
    text = _text_of(error)
    return isinstance(error, RuntimeError) and (
        "can't allocate memory" in text or "RESOURCE_EXHAUSTED" in text
    )


def _disk_full(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as fault:  # noqa: BLE001 - whatever it is, the error itself must be told
        return f"it cannot be told in words ({type(fault).__name__})"
