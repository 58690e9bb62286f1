"""Names the way in which an exception from anywhere ends a run."""

from __future__ import annotations

import errno
from contextlib import suppress

from blacksmith.training.failure import Failure, RunFailed, first_line
from blacksmith.training.frameworks import table
from blacksmith.training.noexec import kept_from_running


def classify(error: BaseException) -> Failure:
    """The failure that an exception in a recipe or a library is."""
    if isinstance(error, RunFailed):
        return Failure(error.kind, error.message, error.remedy, error.shows_traceback)
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


def _out_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError):
        return True
    with suppress(Exception):  # whatever a framework makes of it, the error itself must be reported
        return any(framework.is_out_of_memory(error) for framework in table.in_use())
    return False


def _disk_full(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
