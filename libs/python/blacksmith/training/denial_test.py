"""Errors of libraries that open files, and connections, behind Python's back."""

from __future__ import annotations

import asyncio
import errno
import mmap
import socket
import subprocess
import sys
import urllib.error
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from blacksmith.training.box import Guard
from blacksmith.training.boxed_trial import BoxedTrial, declare_in
from blacksmith.training.capsule import Capsule
from blacksmith.training.denial import explain
from blacksmith.training.failure import BadInput, Failure
from blacksmith.training.refusal import Box

# What each library says where the kernel refuses `{path}`, as it was seen.
refusals: dict[str, Callable[[str], Exception]] = {
    "open": lambda path: PermissionError(errno.EACCES, "Permission denied", path),
    "safetensors": lambda path: FileNotFoundError(f"No such file or directory: {path}"),
    "torch.UntypedStorage": lambda path: RuntimeError(
        f"unable to open file <{path}> in read-only mode: Permission denied (13)"
    ),
    "torch.jit.load": lambda path: RuntimeError(
        f"open file failed because of errno 13 on fopen: Permission denied, file path: {path}"
    ),
    "ctypes": lambda path: OSError(f"{path}: cannot open shared object file: Permission denied"),
    "a program": lambda path: subprocess.CalledProcessError(1, ["cat", path]),
    "a DataLoader's worker": lambda path: RuntimeError(
        "Caught RuntimeError in DataLoader worker process 0.\n"
        "Original Traceback (most recent call last):\n"
        '  File "{workspace}/experiments/anvil/recipe.py", line 3, in train\n'
        f"RuntimeError: unable to open file <{path}> in read-only mode: Permission denied (13)"
    ),
}


@pytest.fixture
def guard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Guard:
    """A guard that is asked, and never hooked in."""
    trial = BoxedTrial(tmp_path)
    copy = trial.declare("experiments/anvil/recipe.py", "def train(ctx): pass\n")
    monkeypatch.chdir(copy.parent)
    work = tmp_path / "run" / "work"
    work.mkdir(parents=True)
    box = Box((trial.tree,), (work.parent,), declare_in, "closed")
    return Guard(box, Capsule(trial.tree, trial.workspace), work)


def raised(error: BaseException) -> BaseException:
    """The error with a traceback."""
    try:
        raise error
    except BaseException as caught:
        return caught


def explained(error: BaseException, guard: Guard) -> Failure:
    failure = explain(raised(error), guard)
    assert failure is not None
    return failure


@pytest.mark.parametrize("library", refusals)
def test_a_file_that_a_library_was_refused_is_reported_as_not_declared(
    library: str, guard: Guard, tmp_path: Path
) -> None:
    secret = tmp_path / "weights of mine.bin"
    secret.touch()
    failure = explained(refusals[library](str(secret)), guard)
    assert failure.kind == "bad-input"
    assert not failure.with_traceback
    assert (
        failure.message == f"this run reads {secret}, which is no declared input: it is in no key"
    )


@pytest.mark.parametrize("library", refusals)
def test_a_file_of_the_workspace_that_the_capsule_lacks_is_reported_by_any_library(
    library: str, guard: Guard, tmp_path: Path
) -> None:
    BoxedTrial(tmp_path).write("experiments/anvil/weights.bin", "")
    failure = explained(refusals[library]("weights.bin"), guard)
    assert "reads experiments/anvil/weights.bin, which is no declared input" in failure.message
    assert failure.remedy == f"add it to {declare_in}:  inputs: [weights.bin]"


def test_the_cause_of_an_error_is_found_behind_it(guard: Guard, tmp_path: Path) -> None:
    (tmp_path / "x").touch()

    def read() -> None:
        try:
            raise refusals["open"](str(tmp_path / "x"))
        except OSError as error:
            raise ValueError("cannot make sense of the table") from error

    try:
        read()
    except ValueError as error:
        failure = explain(error, guard)
    assert failure is not None
    assert str(tmp_path / "x") in failure.message


@pytest.mark.parametrize(
    "error",
    [
        ValueError("shapes (3, 4) and (5,) do not match"),
        FileNotFoundError(errno.ENOENT, "No such file or directory", "/none/at/all"),
        KeyError("/usr/bin"),
        BadInput("/usr: permission denied"),
        PermissionError(errno.EPERM, "Operation not permitted"),
        KeyboardInterrupt(),
        RuntimeError("assertion failed in experiments/anvil/recipe.py: not found"),
    ],
)
def test_other_errors_are_left_as_they_are(error: BaseException, guard: Guard) -> None:
    assert explain(raised(error), guard) is None


def test_a_broken_file_inside_the_box_is_no_refusal(guard: Guard) -> None:
    error = RuntimeError(f"cannot open {Path.cwd() / 'recipe.py'}: not a zip archive")
    assert explain(raised(error), guard) is None


def test_what_the_kernel_did_not_let_the_run_write_is_reported(guard: Guard) -> None:
    error = PermissionError(errno.EACCES, "Permission denied", "lightning_logs")
    failure = explained(error, guard)
    assert "writes experiments/anvil/lightning_logs, which is outside" in failure.message


def test_what_the_kernel_keeps_of_another_process_is_reported_in_its_words(guard: Guard) -> None:
    box = replace(guard.box, read=(*guard.box.read, Path("/proc")))
    error = PermissionError(errno.EACCES, "Permission denied", "/proc/1/environ")
    assert explain(raised(error), Guard(box, guard.capsule, box.write[0])) is None


def test_a_library_that_names_no_file_keeps_its_traceback(guard: Guard) -> None:
    failure = explained(Exception("Permission denied (os error 13)"), guard)
    assert failure.with_traceback
    assert declare_in in (failure.remedy or "")


def refused_connection() -> Exception:
    return PermissionError(errno.EACCES, "Permission denied")


@pytest.mark.parametrize(
    "error",
    [
        socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
        urllib.error.URLError(socket.gaierror(-3, "Temporary failure in name resolution")),
        OSError("Max retries exceeded", ("Failed to connect: [Errno 13] Permission denied",)),
        Exception("error sending request for url (https://anvil.org/): os error 13"),
    ],
)
def test_a_connection_that_a_library_was_refused_is_reported(
    error: Exception, guard: Guard
) -> None:
    assert "tries to use the network, which is closed" in explained(error, guard).message


def test_a_refused_connect_is_known_by_the_call_that_it_came_from(guard: Guard) -> None:
    def connect() -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    try:
        connect()
    except PermissionError as error:
        failure = explain(error, guard)
    assert failure is not None
    assert "the network" in failure.message


def test_a_refused_socket_without_a_file_is_known_by_the_line_that_connects(guard: Guard) -> None:
    # What C raises leaves no frame of its own.
    refused: asyncio.Future[None] = asyncio.Future(loop=asyncio.new_event_loop())
    refused.set_exception(PermissionError(errno.EPERM, "Operation not permitted"))
    connect = refused.result
    try:
        connect()
    except PermissionError as error:
        failure = explain(error, guard)
    refused.get_loop().close()
    assert failure is not None
    assert "the network" in failure.message


def test_arrays_and_maps_are_reported_by_the_line_that_asked_for_them(tmp_path: Path) -> None:
    trial = BoxedTrial(tmp_path)
    secret = tmp_path / "table.bin"
    secret.write_bytes(bytes(mmap.PAGESIZE))
    calls = {
        "np.load({0})": "numpy as np",
        "np.fromfile({0})": "numpy as np",
        "np.memmap({0})": "numpy as np",
        "torch.load({0}, mmap=True)": "torch",
    }
    for call, module in calls.items():
        text = f"import {module}\ndef train(ctx):\n    {call.format(repr(str(secret)))}\n"
        message = trial.run(text).failed["message"]
        assert message.startswith(f"experiments/anvil/recipe.py:3: reads {secret},"), call


def test_libraries_that_do_not_ask_python_are_reported_once_the_file_is_absent(
    tmp_path: Path,
) -> None:
    """The capsule lacks the file, whether or not the kernel closes the workspace."""
    trial = BoxedTrial(tmp_path)
    trial.write("experiments/anvil/weights.bin", "")
    calls = {
        "safetensors.torch.load_file('weights.bin')": "safetensors.torch",
        "torch.UntypedStorage.from_file('weights.bin', False, 8)": "torch",
        "torch.jit.load('weights.bin')": "torch",
    }
    for call, module in calls.items():
        text = f"import {module}\ndef train(ctx):\n    {call}\n"
        failed = trial.run(text).failed
        assert failed["message"].startswith("experiments/anvil/recipe.py:3: reads "), call
        assert failed["remedy"].endswith("inputs: [weights.bin]"), call


def test_the_worker_of_a_loader_is_refused_like_the_run_itself(tmp_path: Path) -> None:
    trial = BoxedTrial(tmp_path)
    trial.write("experiments/anvil/row.txt", "1")
    run = trial.run(
        "from torch.utils.data import DataLoader\n"
        "class Rows:\n"
        "    def __len__(self): return 1\n"
        "    def __getitem__(self, index): return int(open('row.txt').read())\n"
        "def train(ctx):\n"
        "    for _ in DataLoader(Rows(), num_workers=1): pass\n"
    )
    assert run.failed["message"].startswith("experiments/anvil/recipe.py:4: reads"), sys.path
