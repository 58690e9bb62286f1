"""Carries out one request: loads the recipe, calls its function, tells how it went."""

from __future__ import annotations

import faulthandler
import importlib
import importlib.util
import io
import json
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from blacksmith.training import seeding
from blacksmith.training.context import Context
from blacksmith.training.events import EventStream, open_event_stream
from blacksmith.training.failure import BadInput, DiskFull, classify, exit_code
from blacksmith.training.quiet import quieten, quieten_loggers
from blacksmith.training.request import Request, read_request
from blacksmith.training.stop import StopSignal, end_with_starter

_needed_bytes = 8 << 20


def run(request_file: Path) -> int:
    """Carries out the request and returns the process's exit status."""
    end_with_starter()
    events = open_event_stream()
    stop = StopSignal()
    try:
        request = read_request(request_file)
        stop.listen(at_once=request.target != "train")
        _carry_out(request, events, stop)
    except BaseException as error:  # noqa: BLE001 - the one place where every failure is told
        failure = classify(error)
        text = "".join(traceback.format_exception(error)) if failure.with_traceback else None
        events.emit(
            "failed",
            kind=failure.kind,
            message=failure.message,
            remedy=failure.remedy,
            traceback=text,
        )
        return exit_code(failure.kind)
    return 0


def _carry_out(request: Request, events: EventStream, stop: StopSignal) -> None:
    began = time.monotonic()
    faulthandler.enable()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True)
    seeding.fix_environment(request.device)
    quieten()
    _make_folders(request)
    device = request.device
    events.emit(
        "started",
        target=request.target,
        device={"kind": device.kind, "count": device.count, "threads": device.threads},
    )
    function = _load(request)
    quieten_loggers()
    seeding.seed_libraries(request.seed, device)
    events.emit("phase", name="imports", seconds=round(time.monotonic() - began, 3))
    context = Context(request, events, stop)
    result = function(context)
    metrics = context.require_finite(result, step=0) if isinstance(result, Mapping) else {}
    if request.target == "evaluate":
        if not metrics:
            raise BadInput(
                f"{request.function} returned no metrics",
                remedy="end it with: return {'accuracy': ...}",
            )
        text = json.dumps(metrics, sort_keys=True, separators=(",", ":"))
        (request.output / "metrics.json").write_text(text + "\n", encoding="utf-8")
    events.emit("finished", metrics=metrics, seconds=round(time.monotonic() - began, 3))


def _make_folders(request: Request) -> None:
    for folder in {request.output, request.records, request.work}:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        if free < _needed_bytes:
            raise DiskFull(f"{folder} has only {free >> 10} KiB free", remedy="free space there")


def _load(request: Request) -> Callable[[Context], Any]:
    if request.entry_file is not None:
        module = _load_file(request.entry_file)
        where = str(request.entry_file)
    elif request.entry_module is not None:
        module = importlib.import_module(request.entry_module)
        where = request.entry_module
    else:
        raise BadInput("the request's entry names neither a file nor a module")
    function: Callable[[Context], Any] | None = getattr(module, request.function, None)
    if not callable(function):
        raise BadInput(
            f"{where} has no function {request.function}",
            remedy=f"define it as: def {request.function}(ctx: Context)",
        )
    return function


def _load_file(file: Path) -> Any:
    if not file.is_file():
        raise BadInput(f"there is no recipe {file}")
    # Modules beside the recipe are imported by their plain names.
    sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise BadInput(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module
