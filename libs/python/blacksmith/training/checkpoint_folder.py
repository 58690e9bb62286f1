"""The checkpoints of one run: which are kept, and which one a run continues from."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blacksmith.training import checkpoint
from blacksmith.training.codec import State
from blacksmith.training.failure import BadInput
from blacksmith.training.metrics import MetricsJournal
from blacksmith.training.passed_over import PassedOver
from blacksmith.training.request import CheckpointPolicy


@dataclass(frozen=True)
class Found:
    """What a run continues from, and what was wrong with the checkpoints that it does not use."""

    state: State | None = None
    step: int = 0
    path: Path | None = None
    metrics: Path | None = None
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    # Those that are not used because an earlier run failed on them.
    blamed: list[Path] = field(default_factory=list)


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
        path = self.path_of(step)
        # A stop can follow a checkpoint at the same step.
        if self._written != step:
            facts = {"seconds": seconds, "score": score, "horizon": horizon}
            checkpoint.write(path, state, step, metrics=metrics, **facts)
            self._written = step
            self._prune(step)
        return path

    def path_of(self, step: int) -> Path:
        """Where the checkpoint of a step stands, once it is written."""
        return self._folder / checkpoint.folder_name(step)

    def pass_over(self, found: Path, fault: str) -> None:
        """Has later runs leave that checkpoint aside, for the fault that this one had with it."""
        self._passed_over.add(found / checkpoint.description, fault)

    def take_back(self, blamed: Iterable[Path]) -> None:
        """The inverse of `pass_over`."""
        for path in blamed:
            self._passed_over.forget(path / checkpoint.description)

    @property
    def passed_over(self) -> Path:
        """The file that says which checkpoints runs leave aside."""
        return self._passed_over.file

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
            checkpoint.remove(leftover)
        problems: list[str] = []
        blamed: list[Path] = []
        candidates: list[tuple[int, Path, dict[str, Any]]] = []
        for path in self._candidates(resume):
            try:
                about = checkpoint.describe(path)
                candidates.append((about["step"], path, about))
            except BadInput as problem:
                problems.append(_passed_over(path, problem.message))
        for step, path, about in sorted(candidates, key=lambda c: (c[0], str(c[1])), reverse=True):
            if at_most is not None and step > at_most:
                continue
            if about.get("horizon") != horizon:
                problems.append(_passed_over(path, _other_horizon(about.get("horizon"), horizon)))
                continue
            if fault := self._passed_over.fault_of(path / checkpoint.description):
                blamed.append(path)
                problems.append(_passed_over(path, self._of_an_earlier_run(fault)))
                continue
            try:
                state = checkpoint.read(path)
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
                blamed=blamed,
            )
        return Found(problems=problems, blamed=blamed)

    def _of_an_earlier_run(self, fault: str) -> str:
        return (
            f"an earlier run could not continue from it ({fault}). It is kept: if the fault was"
            f" another's, stop, remove {self.passed_over} and run again to go on from there"
        )

    def _candidates(self, resume: Path | None) -> list[Path]:
        found = set(_numbered_in(self._folder))
        if resume is not None:
            found |= {*_numbered_in(resume), *_numbered_in(resume.parent)}
            if resume not in found and (resume / checkpoint.description).exists():
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
                    checkpoint.remove(doomed)


def _best(paths: Iterable[Path]) -> list[Path]:
    scored: list[tuple[float, Path]] = []
    for path in paths:
        try:
            score = _number(checkpoint.describe(path).get("score"))
        except BadInput:
            continue
        if score is not None:
            scored.append((score, path))
    # Of equal scores the earlier step: it is the one that was chosen.
    return [min(scored, key=lambda s: (-s[0], s[1]))[1]] if scored else []


def _numbered_in(folder: Path) -> list[Path]:
    """The checkpoints in a folder; what else stands there is somebody else's."""
    return [path for path in folder.glob("step-*") if _step_of(path) >= 0 and path.is_dir()]


def _step_of(path: Path) -> int:
    step = checkpoint.step_of(path)
    return -1 if step is None else step


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _passed_over(path: Path, reason: str) -> str:
    return f"the checkpoint {path} is passed over: {reason}"


def _other_horizon(theirs: int | None, ours: int | None) -> str:
    if theirs is None or ours is None:
        return "the learning-rate schedule depends on the length of the run in only one of the two"
    return f"its learning-rate schedule was made for {theirs} steps, and this run has {ours}"
