"""Runs a recipe's function inside a test: same context, no process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from blacksmith.training import seeding
from blacksmith.training.cluster import forget_cluster
from blacksmith.training.context import Context, State
from blacksmith.training.failure import Stopped
from blacksmith.training.quiet import quieten_loaded
from blacksmith.training.request import CheckpointPolicy, Config, Device, Request, Target
from blacksmith.training.runner import run
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


def load_recipe(file: Path) -> Any:
    """A recipe as a module, for a test beside it. Its folder is no package."""
    spec = importlib.util.spec_from_file_location(f"{'_'.join(file.parts[-3:-1])}_recipe", file)
    assert spec is not None
    assert spec.loader is not None
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    return recipe


def contents(trial: Trial) -> dict[str, bytes]:
    """Every output file's bytes."""
    files = sorted(file for file in trial.output.rglob("*") if file.is_file())
    return {str(file.relative_to(trial.output)): file.read_bytes() for file in files}


def kill_trial(
    recipe: Path,
    config: dict[str, Any],
    folder: Path,
    *,
    data: Path,
    after_step: int,
    devices: int = 1,
    processes: int = 1,
) -> None:
    """Trains in a process of its own, which is killed as it goes on from the first checkpoint after
    that step. A `run_trial` in the same folder continues it; one on several devices, a `run_apart`.
    """
    code = f"from {__name__} import _be_killed; _be_killed({after_step})"
    ended = _run_python(["-c", code], recipe, config, folder, data, devices, processes)
    assert ended.returncode == -signal.SIGKILL, f"it ended by itself: {ended.stderr}"


def run_apart(
    recipe: Path,
    config: dict[str, Any],
    folder: Path,
    *,
    data: Path,
    devices: int,
    processes: int,
) -> Trial:
    """Trains on that many sets of one core, in processes that share them."""
    command = ["-P", "-m", "blacksmith.training", "request.json"]
    ended = _run_python(command, recipe, config, folder, data, devices, processes)
    assert ended.returncode == 0, ended.stderr
    return Trial(folder / "output")


def _run_python(
    command: list[str],
    recipe: Path,
    config: dict[str, Any],
    folder: Path,
    data: Path,
    devices: int,
    processes: int,
) -> subprocess.CompletedProcess[str]:
    request = {
        "target": "train",
        "entry": {"file": str(recipe)},
        "function": "train",
        "config": config,
        "inputs": {"data": str(data)},
        "output": "output",
        "device": {"kind": "cpu", "count": devices, "threads": 1, "processes": processes},
    }
    folder.mkdir(exist_ok=True)
    (folder / "request.json").write_text(json.dumps(request))
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={
            **os.environ,
            # Its working folder is another one: relative entries would lead nowhere.
            "PYTHONPATH": os.pathsep.join(
                str(Path(entry).absolute()) for entry in sys.path if entry
            ),
            "BLACKSMITH_CHECKPOINT_SECONDS": "0",
            "PYTHONHASHSEED": "0",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def _be_killed(after_step: int) -> None:
    """Carries out request.json up to the first line of metrics after such a checkpoint."""
    write, log = Context.checkpoint, Context.log
    written = 0

    def checkpoint(self: Context, state: State, step: int, *, score: float | None = None) -> Path:
        nonlocal written
        written = step
        return write(self, state, step, score=score)

    def log_and_die(self: Context, *arguments: Any, **options: Any) -> None:
        log(self, *arguments, **options)
        if written > after_step:
            os.kill(os.getpid(), signal.SIGKILL)

    with mock.patch.multiple(Context, checkpoint=checkpoint, log=log_and_die):
        run(Path("request.json"))


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
    forget_cluster()
    quieten_loaded()
    seeding.seed_libraries(seed, request.device)
    stop = StopAfter(stop_after) if stop_after is not None else StopSignal()
    context = Context(request, trial, stop)
    try:
        with context.measured():
            trial.result = function(context)
    except Stopped:
        trial.stopped = True
    return trial
