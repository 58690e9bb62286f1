"""The checkpoints of a run after kills, damage, full disks; which are kept and continued from."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from blacksmith.training.checkpoint_folder import CheckpointFolder, Found
from blacksmith.training.codec import State
from blacksmith.training.failure import DiskFull
from blacksmith.training.metrics import MetricsJournal
from blacksmith.training.request import CheckpointPolicy


def state_at(step: int) -> State:
    return {"step": step, "weights": np.full(1000, step, np.float32), "note": "ä"}


class Work:
    """A work folder with its checkpoints."""

    def __init__(self, folder: Path, policy: CheckpointPolicy | None = None) -> None:
        self.folder = folder / "checkpoints"
        self.checkpoints = CheckpointFolder(self.folder, policy or CheckpointPolicy())
        self.journal = MetricsJournal(folder / "metrics.jsonl")

    def write(self, step: int, score: float | None = None, horizon: int | None = None) -> None:
        self.journal.append({"step": step, "split": "train", "values": {}})
        self.checkpoints.write(
            state_at(step), step, seconds=1.0, metrics=self.journal, score=score, horizon=horizon
        )

    def newest(self, at_most: int | None = None, horizon: int | None = None) -> Found:
        return self.checkpoints.newest(None, at_most, horizon)

    def steps(self) -> list[int]:
        return sorted(int(p.name.removeprefix("step-")) for p in self.folder.glob("step-*"))


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(tmp_path)


def killed_before_change(number: int, action: Callable[[], object]) -> bool:
    """Runs `action` in a process that is killed before its `number`th change of the file system.

    Says whether it was; if not, `action` came to its end.
    """
    child = os.fork()
    if child == 0:
        left = number

        def change(*_: object) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

        def audit(event: str, arguments: tuple[Any, ...]) -> None:
            opened_to_write = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)
            if opened_to_write or event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir"):
                change()

        really_fsync = os.fsync

        def fsync(descriptor: int) -> None:
            change()
            really_fsync(descriptor)

        os.fsync = fsync
        sys.addaudithook(audit)
        try:
            action()
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def test_a_kill_before_any_change_leaves_a_whole_checkpoint(tmp_path: Path) -> None:
    kills = 0
    while True:
        folder = tmp_path / str(kills)
        work = Work(folder)
        for step in (1, 2):
            work.write(step)
        killed = killed_before_change(kills, lambda: work.write(3))  # noqa: B023
        found = Work(folder).newest()
        assert found.problems == []
        assert found.state is not None
        assert found.state["step"] in (2, 3)
        assert (found.state["weights"] == found.state["step"]).all()
        again = Work(folder)
        again.write(3)
        assert again.newest().step == 3
        assert not [p for p in again.folder.iterdir() if "partial" in p.name]
        if not killed:
            break
        kills += 1
    assert kills >= 12  # four files, their fsyncs, two folders, the rename, the pruning


def test_a_broken_byte_falls_back_to_the_checkpoint_before(work: Work) -> None:
    work.write(1)
    work.write(2)
    for name in ("state.safetensors", "state.json", "metrics.jsonl"):
        file = work.folder / "step-000000000002" / name
        whole = file.read_bytes()
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        found = work.newest()
        assert found.step == 1
        assert name in found.problems[0]
        file.write_bytes(whole)
    (work.folder / "step-000000000002" / "checkpoint.json").write_text("{")
    assert work.newest().step == 1


strays: dict[str, Callable[[Path], object]] = {
    "a folder with a name of its own": lambda f: (f / "step-old").mkdir(),
    "a copy": lambda f: shutil.copytree(f / "step-000000000002", f / "step-000000000002-copy"),
    "a copy under another number": lambda f: shutil.copytree(
        f / "step-000000000002", f / "step-000000000009"
    ),
    "a file": lambda f: (f / "step-000000000009").write_text(""),
    "an empty folder": lambda f: (f / "step-000000000009").mkdir(),
    "a file in the way of the next": lambda f: (f / "step-000000000003").write_text(""),
    "a folder in place of a file": lambda f: (f / "step-000000000009" / "checkpoint.json").mkdir(
        parents=True
    ),
    "half a checkpoint that is a file": lambda f: (f / ".step-000000000003.partial").touch(),
}


@pytest.mark.parametrize("stray", strays.values(), ids=strays.keys())
def test_what_strays_beside_checkpoints_disturbs_no_run(
    work: Work, stray: Callable[[Path], object]
) -> None:
    for step in (1, 2):
        work.write(step)
    stray(work.folder)
    again = Work(work.folder.parent)
    assert again.newest().step == 2
    again.write(3)
    found = again.newest()
    assert found.step == 3
    assert found.state is not None
    assert found.state["step"] == 3
    assert {"step-000000000002", "step-000000000003"} <= {p.name for p in again.folder.iterdir()}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("state.json", '{"$later": 1}'),
        ("state.json", '{"weights": {"$numpy": "absent"}}'),
        ("state.json", '{"weights": {"$tuple": 3}}'),
        ("state.json", "[1, 2]"),
        ("state.json", "null"),
        ("checkpoint.json", '{"version": 1, "step": "2", "files": {}}'),
        ("checkpoint.json", '{"version": 1, "step": 2, "files": []}'),
        ("checkpoint.json", '{"version": 1, "step": 2, "files": {}}'),
        ("checkpoint.json", '{"version": 1, "step": 2, "files": {"../../secret": 1}}'),
    ],
)
def test_a_state_of_unknown_shape_falls_back_to_the_checkpoint_before(
    work: Work, name: str, text: str
) -> None:
    work.write(1)
    work.write(2)
    folder = work.folder / "step-000000000002"
    (folder / name).write_text(text)
    about = folder / "checkpoint.json"
    if name == "state.json":  # with the digest that belongs to it
        described = json.loads(about.read_text())
        digest = hashlib.sha256(text.encode()).hexdigest()
        described["files"][name] = {"bytes": len(text), "sha256": digest}
        about.write_text(json.dumps(described))
    found = work.newest()
    assert found.step == 1
    assert str(folder) in found.problems[0]


def test_a_state_without_a_part_that_is_needed_is_passed_over(work: Work) -> None:
    work.write(1)
    found = work.checkpoints.newest(None, parts=("step", "loops", "random"))
    assert found.state is None
    assert found.problems[0].endswith("its state has no loops, random")


def test_a_checkpoint_that_no_run_could_continue_from_is_passed_over_by_all_later_ones(
    work: Work,
) -> None:
    work.write(1)
    work.write(2)
    work.checkpoints.pass_over(work.folder / "step-000000000002", "KeyError: 'a'")
    again = Work(work.folder.parent)
    found = again.newest()
    assert found.step == 1
    assert "could not continue from it (KeyError: 'a'). It is kept" in found.problems[0]
    again.checkpoints.take_back(found.blamed)
    assert again.newest().step == 2


@pytest.mark.parametrize("text", ["{", "[]", "[1]", "null", '{"a": 1}'])
def test_a_note_of_earlier_faults_that_makes_no_sense_is_none(work: Work, text: str) -> None:
    work.write(2)
    (work.folder / "passed-over.json").write_text(text)
    assert work.newest().step == 2


def test_no_good_checkpoint_means_from_the_start(work: Work) -> None:
    assert work.newest().state is None
    work.write(1)
    shutil.rmtree(work.folder / "step-000000000001" / "state.safetensors", ignore_errors=True)
    (work.folder / "step-000000000001" / "state.safetensors").unlink()
    found = work.newest()
    assert found.state is None
    assert "is missing" in found.problems[0]


def test_a_shorter_run_leaves_the_later_checkpoints_of_a_longer_one(work: Work) -> None:
    for step in (10, 20, 30):
        work.write(step)
    assert work.newest(at_most=25).step == 20
    work.write(24)
    work.write(25)
    assert work.steps() == [24, 25, 30]


def test_a_schedule_made_for_another_length_is_not_continued(work: Work) -> None:
    work.write(10, horizon=100)
    assert work.newest(horizon=100).step == 10
    assert work.newest(horizon=200).state is None
    assert work.newest().state is None


def test_the_last_the_best_and_every_kth_are_kept(tmp_path: Path) -> None:
    work = Work(tmp_path, CheckpointPolicy(keep_last=2, keep_every_steps=4))
    for step, score in enumerate([0.1, 0.9, 0.5, 0.9, 0.2, 0.3, 0.4, 0.1, 0.2, 0.3], start=1):
        work.write(step, score=score)
    assert work.steps() == [2, 4, 8, 9, 10]


def test_a_full_disk_keeps_the_checkpoint_before(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.write(1)
    usage = shutil.disk_usage(work.folder)._replace(free=100)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DiskFull, match="a checkpoint needs 1 MiB"):
        work.write(2)
    assert work.newest().step == 1


def test_a_disk_that_fills_while_writing_leaves_nothing_half_written(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.write(1)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        work.write(2)
    assert [p.name for p in work.folder.iterdir()] == ["step-000000000001"]


def test_metrics_are_cut_back_to_the_checkpoint(work: Work, tmp_path: Path) -> None:
    for step in (1, 2):
        work.write(step)
    work.journal.append({"step": 3, "split": "train", "values": {}})
    found = work.newest()
    journal = MetricsJournal(tmp_path / "again.jsonl")
    journal.start(found.metrics, found.step)
    assert (tmp_path / "again.jsonl").read_text().count("\n") == 2
    assert not journal.append({"step": 2, "split": "train", "values": {}})
    assert journal.append({"step": 3, "split": "train", "values": {}})
