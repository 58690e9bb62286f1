"""Runs a recipe's function inside a test: same context, no process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blacksmith.training import seeding
from blacksmith.training.context import Context
from blacksmith.training.failure import Stopped
from blacksmith.training.quiet import quieten_loggers
from blacksmith.training.request import CheckpointPolicy, Config, Device, Request, Target
from blacksmith.training.stop import StopSignal


@dataclass
class Trial:
    """What a run in a test left behind."""

    output: Path
    events: list[dict[str, Any]] = field(default_factory=list)
    result: Any = None
    stopped: bool = False

    def emit(self, event: str, **fields: Any) -> None:
        """Keeps an event."""
        self.events.append({"event": event, **fields})

    def named(self, event: str) -> list[dict[str, Any]]:
        """The events of one kind."""
        return [e for e in self.events if e["event"] == event]


def contents(trial: Trial) -> dict[str, bytes]:
    """Every output file's bytes."""
    files = sorted(file for file in trial.output.rglob("*") if file.is_file())
    return {str(file.relative_to(trial.output)): file.read_bytes() for file in files}


def kill_trial(
    recipe: Path, config: dict[str, Any], folder: Path, *, data: Path, after_step: int
) -> None:
    """Trains in a process of its own, and kills it once there is a checkpoint after that step.

    It writes a checkpoint at each chance. A `run_trial` in the same folder continues it.
    """
    request = {
        "target": "train",
        "entry": {"file": str(recipe)},
        "function": "train",
        "config": config,
        "inputs": {"data": str(data)},
        "output": "output",
        "device": {"kind": "cpu", "count": 1, "threads": 1},
    }
    (folder / "request.json").write_text(json.dumps(request))
    process = subprocess.Popen(
        [sys.executable, "-m", "blacksmith.training", "request.json"],
        cwd=folder,
        env={**os.environ, "BLACKSMITH_CHECKPOINT_SECONDS": "0"},
        stderr=subprocess.DEVNULL,
    )
    checkpoints = folder / "work" / "checkpoints"
    while not any(int(found.name[5:]) > after_step for found in checkpoints.glob("step-*")):
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.0005)
    process.kill()
    process.wait()


class StopAfter(StopSignal):
    """Asks for a stop once the recipe has looked `looks` times."""

    def __init__(self, looks: int) -> None:
        self._looks = looks

    @property
    def requested(self) -> bool:
        """Whether the run should stop."""
        self._looks -= 1
        return self._looks < 0


def run_trial(
    function: Callable[[Context], Any],
    config: dict[str, Any],
    folder: Path,
    *,
    data: Path | None = None,
    model: Path | None = None,
    sources: dict[str, Path] | None = None,
    resume: Path | None = None,
    stop_after: int | None = None,
    seed: int = 0,
    device: Device | None = None,
    target: Target = "train",
    checkpoint_seconds: float = 3600,
) -> Trial:
    """Runs `function` in `folder` on one thread; a second run there continues a stopped one.

    `stop_after` counts the steps (or chunks) after which SIGTERM is pretended.
    """
    request = Request(
        target=target,
        entry_file=None,
        entry_module=None,
        function=getattr(function, "__name__", ""),
        config=json.loads(json.dumps(config), object_hook=Config),
        output=folder / "output",
        records=folder / "records",
        work=folder / "work",
        data=data,
        model=model,
        sources=sources or {},
        device=device or Device(threads=1),
        seed=seed,
        resume=resume,
        checkpoints=CheckpointPolicy(every_seconds=checkpoint_seconds),
    )
    for path in (request.output, request.records, request.work):
        path.mkdir(parents=True, exist_ok=True)
    trial = Trial(request.output)
    quieten_loggers()
    seeding.seed_libraries(seed, request.device)
    stop = StopAfter(stop_after) if stop_after is not None else StopSignal()
    try:
        trial.result = function(Context(request, trial, stop))
    except Stopped:
        trial.stopped = True
    return trial
