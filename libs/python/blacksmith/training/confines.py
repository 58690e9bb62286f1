"""Puts a run into its capsule and its box, and shows its paths as if it ran in the workspace."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

from blacksmith.training.box import Guard
from blacksmith.training.capsule import Capsule, run_from
from blacksmith.training.classify import classify
from blacksmith.training.denial import explain
from blacksmith.training.failure import Failure, RunFailed
from blacksmith.training.noexec import kept_from_running
from blacksmith.training.request import Request

# What a person can act on first: these stand beside a refusal, and are not its consequences.
_of_their_own = ("nan", "stopped", "out-of-memory", "disk-full")


class Refused(RunFailed):
    """The run reached for what its key does not hold, even if it went on without."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message, remedy=failure.remedy)
        self.kind = failure.kind


class Confines:
    """What a run may reach, and the words for what it may not. Nothing until it is put up."""

    def __init__(self) -> None:
        self._capsule: Capsule | None = None
        self._guard: Guard | None = None

    def put_up(self, request: Request) -> None:
        """Closes the box for good; the trainer's own modules must be loaded, its folders made."""
        self._capsule = request.capsule
        if request.capsule is not None:
            run_from(request.capsule)
        if request.box is not None:
            self._guard = Guard(request.box, request.capsule, request.work)
            sys.addaudithook(self._guard.hook)

    def check(self) -> None:
        """Raises Refused if anything was refused by now, here or in a forked worker. Cheap."""
        failure = self._guard.noted() if self._guard is not None else None
        if failure is not None:
            raise Refused(failure)

    def explain(self, error: BaseException) -> Failure | None:
        """What the run ends with, where the box is the reason."""
        if self._guard is None or classify(error).kind in _of_their_own:
            return None
        noted = self._guard.noted()
        return noted or (None if kept_from_running(error) else explain(error, self._guard))

    def with_workspace_paths(self, text: str) -> str:
        """The text with the paths of the workspace, which people know, for those of the capsule."""
        return self._capsule.with_workspace_paths(text) if self._capsule is not None else text


def in_workspace(request: Request) -> Request:
    """The request for a run by hand: of the files that are being edited, where they stand.

    Nothing is closed: a debugger reads what it likes. Changes into the experiment's folder.
    """
    capsule = request.capsule
    if capsule is None:
        return replace(request, box=None)
    entry = request.entry_file
    if entry is not None:
        entry = Path(capsule.in_workspace(str(entry)))
    if entry is not None and entry.parent.is_dir():
        os.chdir(entry.parent)
    elif request.box is not None:
        os.chdir(capsule.workspace / Path(request.box.declare_in).parent)
    return replace(request, entry_file=entry, capsule=None, box=None)
