"""Runs steps in bounded time, and keeps what each of them came to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.gpu.environment import interpreter
from benchmarks.gpu.plan import Step

# What a step has to end by itself, in seconds.
grace = 10.0


@dataclass
class Outcome:
    """What came of a step."""

    name: str
    status: str  # done, failed, or not started
    seconds: float = 0.0
    problem: str = ""
    figures: dict[str, Any] = field(default_factory=dict)
    command: list[str] = field(default_factory=list)


class Runner:
    """Runs steps in `root`; results and logs are kept in `folder`, and none is begun at the end."""

    def __init__(self, root: Path, folder: Path, ends: float) -> None:
        """`ends`: when all of it has to be over, by time.monotonic()."""
        self._root, self._folder, self._ends = root, folder, ends
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, step: Step) -> Outcome:
        """What came of it, now or when it was done before."""
        record = self._folder / f"{step.name}.json"
        earlier, command = _read(record), list(step.command)
        if earlier and (earlier.status, earlier.command) == ("done", command):
            print(f"{step.name}: done before", flush=True)
            return earlier
        seconds = min(step.seconds, self._ends - time.monotonic())
        if seconds <= 0:
            return Outcome(step.name, "not started", problem="no time was left")
        print(f"{step.name}: at most {seconds:.0f} s", flush=True)
        outcome = self._carry_out(step, seconds)
        _write(record, json.dumps(asdict(outcome), indent=2))
        print(f"{step.name}: {outcome.status} {outcome.problem}".rstrip(), flush=True)
        return outcome

    def _carry_out(self, step: Step, seconds: float) -> Outcome:
        outcome = Outcome(step.name, "failed", command=list(step.command))
        result, log = (self._folder / f"{step.name}.{end}" for end in ("figures", "log"))
        result.unlink(missing_ok=True)
        began = time.monotonic()
        with log.open("w", encoding="utf-8") as said:
            problem = _run_bounded(
                lambda left: [
                    interpreter(step.environment, self._root, left),
                    *step.command,
                    f"--result={result}",
                ],
                self._root,
                said,
                seconds,
            )
        outcome.seconds = round(time.monotonic() - began, 1)
        try:
            outcome.figures = json.loads(result.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            problem = problem or "it wrote no figures"
        if problem is None:
            outcome.status = "done"
        else:
            outcome.problem = ": ".join(filter(None, (problem, _last_line(log))))
        return outcome


def _run_bounded(command: Any, root: Path, said: Any, seconds: float) -> str | None:
    """Why it failed, or nothing. Whatever it started is ended with it."""
    ends = time.monotonic() + seconds
    try:
        process = subprocess.Popen(
            command(seconds),
            cwd=root,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    try:
        status = process.wait(max(0.0, ends - time.monotonic()))
    except subprocess.TimeoutExpired:
        return f"not over after {seconds:.0f} s"
    finally:
        end_group(process)
    return f"ended with {status}" if status else None


def end_group(process: subprocess.Popen[bytes]) -> None:
    """First asked, then made to; also what the process itself has left in its group."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(grace)


def _read(record: Path) -> Outcome | None:
    try:
        return Outcome(**json.loads(record.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _write(file: Path, text: str) -> None:
    """Whole or not at all."""
    fresh = file.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)


def _last_line(log: Path) -> str:
    lines: Sequence[str] = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
