"""A disk from which nothing can be run."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from ctypes import CDLL
from pathlib import Path

import pytest

from blacksmith.training.classify import classify


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder that is mounted noexec."""
    mount = ["mount", "-t", "tmpfs", "-o", "noexec,size=32m", "tmpfs", str(tmp_path)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root can mount a disk, and not in every container")
    yield tmp_path
    # The loader may hold on to what it could not map.
    subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def compiled() -> Path:
    """Some module that is a shared object."""
    spec = importlib.util.find_spec("safetensors._safetensors_rust")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin)


def error_of(start: object, *args: object) -> BaseException:
    assert callable(start)
    with pytest.raises(Exception) as caught:
        start(*args)
    return caught.value


def test_a_library_that_cannot_be_loaded_from_there_is_named(disk: Path) -> None:
    library = Path(shutil.copy(compiled(), disk))
    error = error_of(CDLL, str(library))
    for raised in (error, ImportError(str(error)), RuntimeError(f"CppCompileError: {error}")):
        failure = classify(raised)
        assert failure.message == f"{library} cannot be run: its disk is mounted noexec"
        assert failure.remedy is not None
        assert "TMPDIR" in failure.remedy


def test_a_program_that_cannot_be_started_from_there_is_named(disk: Path) -> None:
    program = disk / "configure"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    error = error_of(subprocess.run, [str(program)])
    assert classify(error).message == f"{program} cannot be run: its disk is mounted noexec"


def test_what_is_refused_for_another_reason_is_not_blamed_on_the_disk(disk: Path) -> None:
    (disk / "data.txt").write_text("")
    refused = PermissionError(13, "Permission denied", str(disk / "data.txt"))
    assert classify(refused).message.startswith("PermissionError")
    elsewhere = PermissionError(13, "Permission denied", sys.executable)
    assert classify(elsewhere).message.startswith("PermissionError")
