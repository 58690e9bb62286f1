"""A checkpoint: a folder of safetensors and JSON, there whole or not at all.

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
from pathlib import Path
from typing import Any

from blacksmith.training import codec
from blacksmith.training.codec import State
from blacksmith.training.failure import BadInput, DiskFull
from blacksmith.training.metrics import MetricsJournal
from blacksmith.training.tensorfile import read_tensors, write_tensors

description = "checkpoint.json"

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
    remove(partial)
    try:
        partial.mkdir()
        write_tensors(partial / "state.safetensors", tensors)
        _write_json(partial / "state.json", tree)
        if metrics is not None:
            metrics.copy_to(partial / "metrics.jsonl")
        files = {file.name: _facts_of(file) for file in sorted(partial.iterdir())}
        known = {name: fact for name, fact in facts.items() if fact is not None}
        _write_json(partial / description, {"version": 1, "step": step, "files": files, **known})
        _sync_folder(partial)
        remove(folder)
        partial.rename(folder)
        _sync_folder(folder.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def read(folder: Path) -> State:
    """The state in `folder`; raises BadInput when a byte of it is not what was written."""
    about = describe(folder)
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


def describe(folder: Path) -> dict[str, Any]:
    """What a checkpoint says of itself: its `step`, its `files`, and facts that `write` was given.

    Raises BadInput where it says nothing that holds.
    """
    file = folder / description
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
    if step_of(folder) not in (None, step):
        raise BadInput(f"{file} says that it is of step {step}, and its folder's name does not")
    return about


def folder_name(step: int) -> str:
    """What the checkpoint of a step is called among those of its run."""
    return f"step-{step:012d}"


def step_of(folder: Path) -> int | None:
    """The step that a folder's name says; None where it is somebody else's."""
    named = _numbered.fullmatch(folder.name)
    return int(named[1]) if named else None


def remove(path: Path) -> None:
    """Removes whatever stands there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


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
