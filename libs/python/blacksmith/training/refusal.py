"""What the box refused, in words: where in the code, which file, and what to do about it."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Literal

from blacksmith.training.capsule import Capsule
from blacksmith.training.failure import Failure

# `chosen`: closed but for this machine's own ports, by which the processes of a training meet.
Network = Literal["open", "closed", "chosen"]
Act = Literal["reads", "lists", "writes", "connects"]

_plain_in_yaml = re.compile(r"[\w.][\w./+*-]*")


@dataclass(frozen=True)
class Box:
    """What a run may reach: files, and folders with all below them. What it may write it may read.

    `declare_in` is the workspace-relative experiment.yaml, or for a preparation the data set's
    sources.yaml, in which more can be declared.
    """

    read: tuple[Path, ...]
    write: tuple[Path, ...]
    declare_in: str
    network: Network = "open"
    # Folders whose names may be seen; of their files only those under `read` may be read.
    listed: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """One access that was refused. `path` is absolute (a host for `connects`)."""

    act: Act
    path: str
    # `experiments/lightning/mnist/recipe.py:12`
    where: str | None = None


def as_failure(refusals: Sequence[Refusal], box: Box, capsule: Capsule | None) -> Failure:
    """The failure that says what was refused first, and how to mend all of it at once."""
    first, *others = dict.fromkeys(refusals)
    words = _Words(box, capsule)
    message = words.message(first)
    more = [name for name in dict.fromkeys(words.name(o) for o in others) if name not in message]
    if more:
        message += f" (also refused: {', '.join(more[:5])}{', …' if len(more) > 5 else ''})"
    remedy = "; ".join(words.remedies([first, *others]))
    return Failure("bad-input", message, remedy, with_traceback=False)


def asked_at(frame: FrameType | None, capsule: Capsule | None) -> str | None:
    """File and line of the innermost frame that runs code of the capsule."""
    while capsule is not None and frame is not None:
        place = _place(frame, frame.f_lineno, capsule)
        if place:
            return place
        frame = frame.f_back
    return None


def raised_at(traceback: TracebackType | None, capsule: Capsule | None) -> str | None:
    """File and line of the innermost frame of a traceback that ran code of the capsule."""
    place = None
    while capsule is not None and traceback is not None:
        place = _place(traceback.tb_frame, traceback.tb_lineno, capsule) or place
        traceback = traceback.tb_next
    return place


def _place(frame: FrameType, line: int, capsule: Capsule) -> str | None:
    # Which line of the trainer itself opened a file says nothing about who asked for it.
    if str(frame.f_globals.get("__name__")).startswith("blacksmith.training"):
        return None
    file = frame.f_code.co_filename
    # An environment may lie in the workspace; only what the capsule holds a copy of is people's.
    return f"{capsule.relative(file)}:{line}" if capsule.has_copy(file) else None


class _Words:
    def __init__(self, box: Box, capsule: Capsule | None) -> None:
        self._box = box
        self._capsule = capsule
        self._folder = posixpath.dirname(box.declare_in)
        # A preparation's inputs are declared beside the files that it downloads.
        self._of_data = posixpath.basename(box.declare_in) == "sources.yaml"
        self._owner = "data set" if self._of_data else "experiment"

    def name(self, refusal: Refusal) -> str:
        return self._relative(refusal) or refusal.path

    def message(self, refusal: Refusal) -> str:
        start = f"{refusal.where}: " if refusal.where else "this run "
        name = self.name(refusal)
        match refusal.act:
            case "connects":
                what = "tries to use the network, which is closed"
                return f"{start}{what}" + (f" ({refusal.path})" if refusal.path else "")
            case "writes":
                return f"{start}writes {name}, which is outside the folders that it may write"
            case _ if self._is_copied(refusal):
                return f"{start}{refusal.act} {name} in the workspace, not the run's own copy"
            case _:
                return f"{start}{refusal.act} {name}, which is no declared input: it is in no key"

    def remedies(self, refusals: Sequence[Refusal]) -> list[str]:
        """One remedy for each kind of refusal, in the order of the refusals."""
        lacking = [self._from_owner(r) for r in refusals if self._is_lacking(r)]
        lines = ", ".join(dict.fromkeys(_in_yaml(path) for path in lacking))
        them = "it" if len(lacking) == 1 else "them"
        entry = "- inputs" if self._of_data else "inputs"
        declare = f"add {them} to {self._box.declare_in}:  {entry}: [{lines}]"
        remedies = (declare if self._is_lacking(r) else self._remedy(r) for r in refusals)
        return list(dict.fromkeys(remedies))

    def _remedy(self, refusal: Refusal) -> str:
        if refusal.act == "connects" and self._of_data:
            return (
                f"list its files in {self._box.declare_in}, from where they are downloaded,"
                " or write network: true into the experiment's experiment.yaml"
            )
        if refusal.act == "connects":
            return (
                f"write network: true into {self._box.declare_in};"
                " what comes over the network is in no key, so it is not reproducible"
            )
        if refusal.act == "writes":
            return (
                "write below ctx.output what is to be kept, and anything else below ctx.work or"
                " into a folder of tempfile"
            )
        if self._is_copied(refusal):
            return f"open it as {self._from_owner(refusal)}, relative to the {self._owner}"
        return (
            f"copy it into the {self._owner}'s folder and declare it under inputs: in"
            f" {self._box.declare_in}, or name it as dataset.path if it is data"
        )

    def _is_copied(self, refusal: Refusal) -> bool:
        capsule = self._capsule
        return capsule is not None and refusal.act == "reads" and capsule.has_copy(refusal.path)

    def _is_lacking(self, refusal: Refusal) -> bool:
        """Whether it is a file or folder of the workspace that could be declared."""
        if refusal.act not in ("reads", "lists") or self._is_copied(refusal):
            return False
        return self._relative(refusal) is not None

    def _relative(self, refusal: Refusal) -> str | None:
        if self._capsule is None or refusal.act == "connects":
            return None
        return self._capsule.relative(refusal.path)

    def _from_owner(self, refusal: Refusal) -> str:
        relative = posixpath.relpath(self._relative(refusal) or ".", self._folder or ".")
        original = self._capsule.in_workspace(refusal.path) if self._capsule else refusal.path
        return f"{relative}/**" if Path(original).is_dir() else relative


def _in_yaml(text: str) -> str:
    return text if _plain_in_yaml.fullmatch(text) else json.dumps(text, ensure_ascii=False)
