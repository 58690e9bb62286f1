"""Checkpoints: folders of safetensors and JSON, there whole or not at all.

step-000000001200/
    state.json           the state's plain values, referring to tensors by name
    state.safetensors    its tensors
    metrics.jsonl        the run's metrics up to this step
    checkpoint.json      step, and size and digest of the files above; written last
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blacksmith.training import codec
from blacksmith.training.codec import State
from blacksmith.training.failure import BadInput, DiskFull
from blacksmith.training.metrics import MetricsJournal
from blacksmith.training.passed_over import PassedOver
from blacksmith.training.request import CheckpointPolicy
from blacksmith.training.tensorfile import read_tensors, write_tensors

_about = "checkpoint.json"
_contents = {"state.json", "state.safetensors"}
_numbered = re.compile(r"step-(\d{12,})")
_spare_bytes = 1 << 20


def write(
    folder: Path,
    state: State,
    step: int,
    *,
    metrics: MetricsJournal | None = None,
    **facts: float | None,
) -> None:
    """Writes `state` as `folder`; after a kill at any moment it is whole or not there."""
    tree, tensors = codec.encode(state)
    size = sum(raw.nbytes for raw in tensors.values())
    folder.parent.mkdir(parents=True, exist_ok=True)
    _require_space(folder.parent, size)
    partial = folder.parent / f".{folder.name}.partial"
    _remove(partial)
    try:
        partial.mkdir()
        write_tensors(partial / "state.safetensors", tensors)
        _write_json(partial / "state.json", tree)
        if metrics is not None:
            metrics.copy_to(partial / "metrics.jsonl")
        files = {file.name: _facts_of(file) for file in sorted(partial.iterdir())}
        known = {name: fact for name, fact in facts.items() if fact is not None}
        _write_json(partial / _about, {"version": 1, "step": step, "files": files, **known})
        _sync_folder(partial)
        _remove(folder)
        partial.rename(folder)
        _sync_folder(folder.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def read(folder: Path) -> State:
    """The state in `folder`; raises BadInput when a byte of it is not what was written."""
    about = _read_about(folder)
    try:
        for name, facts in about["files"].items():
            file = folder / name
            if not file.is_file():
                raise BadInput(f"{file} is missing")
            if _facts_of(file) != facts:
                raise BadInput(f"{file} is not what was written")
        tree = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        state = codec.decode(tree, read_tensors(folder / "state.safetensors"))
    except OSError as error:
        raise BadInput(f"it cannot be read: {error}") from None
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        fault = f"{type(error).__name__}: {error}"
        raise BadInput(f"its state is of a shape that is not known here ({fault})") from None
    if not isinstance(state, dict):
        raise BadInput(f"its state is a {type(state).__name__}, not a dict")
    return state


@dataclass(frozen=True)
class Found:
    """What a run continues from, and what was wrong with the checkpoints that it does not use."""

    state: State | None = None
    step: int = 0
    path: Path | None = None
    metrics: Path | None = None
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)


class CheckpointFolder:
    """The checkpoints of one run, in `checkpoints` below the run's work folder."""

    def __init__(self, folder: Path, policy: CheckpointPolicy) -> None:
        self._folder = folder
        self._policy = policy
        self._passed_over = PassedOver(folder / "passed-over.json")
        self._written: int | None = None

    def write(
        self,
        state: State,
        step: int,
        *,
        seconds: float,
        metrics: MetricsJournal,
        score: float | None = None,
        horizon: int | None = None,
    ) -> Path:
        """Writes the checkpoint of `step` and removes those that nobody needs any more."""
        path = self._folder / f"step-{step:012d}"
        # A stop can follow a checkpoint at the same step.
        if self._written != step:
            facts = {"seconds": seconds, "score": score, "horizon": horizon}
            write(path, state, step, metrics=metrics, **facts)
            self._written = step
            self._prune(step)
        return path

    def pass_over(self, found: Path) -> None:
        """Uses that checkpoint no more, in this run and in later ones."""
        self._passed_over.add(found / _about)

    def newest(
        self,
        resume: Path | None,
        at_most: int | None = None,
        horizon: int | None = None,
        parts: Iterable[str] = (),
    ) -> Found:
        """The newest good checkpoint: `resume`, one beside it, or one in this folder.

        Passed over are those after the step `at_most`, those whose schedule was made for another
        horizon, those with a broken byte or without one of the `parts` of a state, and those that
        a run could not continue from.
        """
        for leftover in self._folder.glob(".*.partial"):
            _remove(leftover)
        problems: list[str] = []
        candidates: list[tuple[int, Path, dict[str, Any]]] = []
        for path in self._candidates(resume):
            try:
                about = _read_about(path)
                candidates.append((about["step"], path, about))
            except BadInput as problem:
                problems.append(_passed_over(path, problem.message))
        for step, path, about in sorted(candidates, key=lambda c: (c[0], str(c[1])), reverse=True):
            if at_most is not None and step > at_most:
                continue
            if about.get("horizon") != horizon:
                problems.append(_passed_over(path, _other_horizon(about.get("horizon"), horizon)))
                continue
            if (path / _about) in self._passed_over:
                problems.append(_passed_over(path, "an earlier run could not continue from it"))
                continue
            try:
                state = read(path)
            except BadInput as problem:
                problems.append(_passed_over(path, problem.message))
                continue
            if lacking := [part for part in parts if part not in state]:
                problems.append(_passed_over(path, f"its state has no {', '.join(lacking)}"))
                continue
            inside, beside = path / "metrics.jsonl", path.parent / "metrics.jsonl"
            return Found(
                state=state,
                step=step,
                path=path,
                metrics=inside if inside.exists() else beside if beside.exists() else None,
                seconds=_number(about.get("seconds")) or 0.0,
                problems=problems,
            )
        return Found(problems=problems)

    def _candidates(self, resume: Path | None) -> list[Path]:
        found = set(_numbered_in(self._folder))
        if resume is not None:
            found |= {*_numbered_in(resume), *_numbered_in(resume.parent)}
            if resume not in found and (resume / _about).exists():
                found.add(resume)
        return sorted(found)

    def _prune(self, step: int) -> None:
        # Later steps than this one are a longer run's; they wait for it.
        mine = sorted(p for p in _numbered_in(self._folder) if _step_of(p) <= step)
        keep = set(mine[-self._policy.keep_last :]) | set(_best(mine))
        every = self._policy.keep_every_steps
        keep |= {path for path in mine if every and _step_of(path) % every == 0}
        for path in mine:
            if path not in keep:
                # First out of sight, so that a kill in between leaves nothing half removed.
                doomed = path.with_name(f".{path.name}.partial")
                with suppress(OSError):  # the next checkpoint tries it again
                    path.rename(doomed)
                    _remove(doomed)


def _best(paths: Iterable[Path]) -> list[Path]:
    scored: list[tuple[float, Path]] = []
    for path in paths:
        try:
            score = _number(_read_about(path).get("score"))
        except BadInput:
            continue
        if score is not None:
            scored.append((score, path))
    # Of equal scores the earlier step: it is the one that was chosen.
    return [min(scored, key=lambda s: (-s[0], s[1]))[1]] if scored else []


def _numbered_in(folder: Path) -> list[Path]:
    """The checkpoints in a folder; what else stands there is somebody else's."""
    found = folder.glob("step-*")
    return [path for path in found if _numbered.fullmatch(path.name) and path.is_dir()]


def _step_of(path: Path) -> int:
    return int(path.name.removeprefix("step-"))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _passed_over(path: Path, reason: str) -> str:
    return f"the checkpoint {path} is passed over: {reason}"


def _other_horizon(theirs: int | None, ours: int | None) -> str:
    if theirs is None or ours is None:
        return "the learning-rate schedule depends on the length of the run in only one of the two"
    return f"its learning-rate schedule was made for {theirs} steps, and this run has {ours}"


def _read_about(folder: Path) -> dict[str, Any]:
    file = folder / _about
    try:
        about = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{file} is missing") from None
    except ValueError:
        raise BadInput(f"{file} is not JSON") from None
    except OSError as error:
        raise BadInput(f"it cannot be read: {error}") from None
    if not isinstance(about, dict) or not {"version", "step", "files"} <= about.keys():
        raise BadInput(f"{file} does not describe a checkpoint")
    if about["version"] != 1:
        raise BadInput(f"{file} has the unknown version {about['version']}")
    step, files = about["step"], about["files"]
    if type(step) is not int or not isinstance(files, dict) or not _contents <= files.keys():
        raise BadInput(f"{file} does not describe a checkpoint")
    if _numbered.fullmatch(folder.name) and _step_of(folder) != step:
        raise BadInput(f"{file} says that it is of step {step}, and its folder's name does not")
    return about


def _facts_of(file: Path) -> dict[str, Any]:
    with file.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    return {"bytes": file.stat().st_size, "sha256": digest}


def _write_json(file: Path, value: Any) -> None:
    with file.open("w", encoding="utf-8") as out:
        json.dump(value, out, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        out.flush()
        os.fsync(out.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_space(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size + _spare_bytes:
        raise DiskFull(
            f"{folder} has {free >> 20} MiB free; a checkpoint needs {(size >> 20) + 1} MiB",
            remedy="free space, then run the same command again:"
            " it continues from the last checkpoint",
        )
