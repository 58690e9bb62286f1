"""Several processes of one training, with nothing but Python in them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

root = Path(__file__).parents[3]

recipe = """
import os, random, signal, time
from pathlib import Path
from blacksmith.training import Context

def train(ctx: Context):
    ranks, steps = ctx.ranks, ctx.config.training.steps
    state = ctx.resume(at_most=steps)
    step, total = (state["step"], state["total"]) if state else (0, 0.0)
    weights = random.random()
    ctx.restore_random(state)
    while step < steps:
        own = random.random()
        others = ranks.gather(own)
        step, total = step + 1, total + ranks.decide(lambda: sum([own, *others]))
        trouble = ctx.config.training.get("trouble")
        if trouble and step == 3 and ranks.number == trouble["process"]:
            exec(trouble["what"])
        ctx.log({"total": total}, step)
        ctx.progress(step, steps, total=total)
        ctx.checkpoint_when_due(step, lambda: {"step": step, "total": total})
    ctx.save_final(step, {"step": step, "total": total})
    (ctx.output / "model.txt").write_text(repr((weights, total)))
"""


@dataclass
class Running:
    """A training of two processes whose events are read one by one."""

    process: subprocess.Popen[bytes]
    events: Iterator[dict[str, Any]]

    def until(self, kind: str) -> dict[str, Any]:
        """Reads up to the next event of a kind."""
        return next(event for event in self.events if event["event"] == kind)

    def end(self) -> int:
        """The first process's status, once all of them have let go of the stream."""
        list(self.events)
        return self.process.wait(timeout=30)


def start(folder: Path, *, steps: int = 6, seconds: float = 20, **training: Any) -> Running:
    folder.mkdir(exist_ok=True)
    (folder / "recipe.py").write_text(recipe)
    request = {
        "target": "train",
        "entry": {"file": "recipe.py"},
        "function": "train",
        "config": {"training": {"steps": steps, **training}},
        "output": "output",
        "device": {"kind": "cpu", "count": 2, "threads": 1, "processes": 2},
        "seed": 5,
    }
    (folder / "request.json").write_text(json.dumps(request))
    inlet, outlet = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "blacksmith.training", str(folder / "request.json")],
        env={
            **os.environ,
            "PYTHONPATH": str(root),
            "PYTHONHASHSEED": "0",
            "BLACKSMITH_EVENTS_FD": str(outlet),
            "BLACKSMITH_CHECKPOINT_SECONDS": "0",
            "BLACKSMITH_RANK_SECONDS": str(seconds),
        },
        pass_fds=[outlet],
    )
    os.close(outlet)
    return Running(process, map(json.loads, os.fdopen(inlet, encoding="utf-8")))


def output_of(folder: Path) -> dict[str, bytes]:
    files = (file for file in (folder / "output").rglob("*") if file.is_file())
    return {file.name: file.read_bytes() for file in files}


def test_two_processes_draw_numbers_of_their_own_and_end_with_the_same_bytes(
    tmp_path: Path,
) -> None:
    for name in ("a", "b"):
        running = start(tmp_path / name)
        assert [event["step"] for event in running.events if event["event"] == "metric"] == [
            *range(1, 7)
        ], "the first one alone reports"
        assert running.end() == 0
    assert output_of(tmp_path / "a") == output_of(tmp_path / "b")
    state = json.loads(output_of(tmp_path / "a")["state.json"])
    assert state["ranks"] != [state["random"]]


def test_a_killed_training_of_two_goes_on_with_the_random_numbers_of_both(tmp_path: Path) -> None:
    assert start(tmp_path / "whole").end() == 0
    killed = start(tmp_path / "killed", trouble={"process": 0, "what": "os.kill(os.getpid(), 9)"})
    assert killed.end() == -signal.SIGKILL
    running = start(tmp_path / "killed")
    assert running.until("resumed")["step"] == 2
    assert running.end() == 0
    assert output_of(tmp_path / "killed") == output_of(tmp_path / "whole")


def test_a_stop_that_reaches_one_process_stops_both_at_one_step(tmp_path: Path) -> None:
    running = start(tmp_path, steps=10**6)
    running.until("checkpoint")
    running.process.terminate()
    failed = running.until("failed")
    assert failed["kind"] == "stopped"
    assert running.end() == 75


@pytest.mark.parametrize(
    ("what", "kind", "message"),
    [
        ("os.kill(os.getpid(), 9)", "error", "process 1 of 2 ended by SIGKILL"),
        ("os._exit(7)", "error", "process 1 of 2 ended with status 7, without a word"),
        ("raise ValueError('the reason')", "error", "process 1 of 2: ValueError: the reason"),
        (
            "ctx.log({'total': float('nan')}, step)",
            "nan",
            "process 1 of 2: total became nan at step 3",
        ),
    ],
)
def test_what_one_process_dies_of_ends_all_and_is_told(
    tmp_path: Path, what: str, kind: str, message: str
) -> None:
    running = start(tmp_path, trouble={"process": 1, "what": what})
    failed = running.until("failed")
    assert (failed["kind"], failed["message"]) == (kind, message)
    assert running.end() == 1


@pytest.mark.parametrize("process", [0, 1])
def test_one_that_is_frozen_is_named_with_its_stack_by_the_other(
    tmp_path: Path, process: int
) -> None:
    what = "os.kill(os.getpid(), signal.SIGSTOP)"
    running = start(tmp_path, seconds=1, trouble={"process": process, "what": what})
    failed = running.until("failed")
    assert failed["message"] == f"process {process} of 2 has not been heard of for 1 s"
    assert "recipe.py" in failed["traceback"]
    assert "in train" in failed["traceback"]
    assert running.end() == (1 if process else -signal.SIGKILL)
