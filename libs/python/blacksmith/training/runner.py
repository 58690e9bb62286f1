"""Carries out one request: loads the recipe, calls its function, reports how it went."""

from __future__ import annotations

import faulthandler
import io
import json
import os
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blacksmith.training import seeding
from blacksmith.training.classify import classify
from blacksmith.training.cluster import forget_cluster
from blacksmith.training.confines import Confines, in_workspace
from blacksmith.training.context import Context
from blacksmith.training.entry import load_function
from blacksmith.training.events import EventStream, NoEvents, open_event_stream
from blacksmith.training.failure import BadInput, DiskFull, Failure, exit_code
from blacksmith.training.frameworks import table
from blacksmith.training.quiet import quieten, quieten_loaded
from blacksmith.training.ranks import PeerLost, Ranks
from blacksmith.training.request import Request, read_request
from blacksmith.training.stop import StopSignal, end_with_starter
from blacksmith.training.tensorfile import check_model

if TYPE_CHECKING:
    from blacksmith.training.ranks.team import Team

_needed_bytes = 8 << 20


def run(request_file: Path, imported: Callable[[], None] | None = None) -> int:
    """Carries out the request and returns the process's exit status.

    `imported` is called when the recipe has been imported, before its function is called.
    """
    by_hand = "BLACKSMITH_EVENTS_FD" not in os.environ
    end_with_starter()
    events = open_event_stream()
    stop = StopSignal()
    confines = Confines()
    team: Team | None = None
    try:
        request = read_request(request_file)
        if by_hand:
            forget_cluster()
            request = in_workspace(request)
        stop.listen(at_once=request.target != "train")
        if request.device.processes > 1:
            from blacksmith.training.ranks.team import Team

            team = Team(request_file, request, events)
        _carry_out(request, events, stop, confines, imported, team)
    except BaseException as error:  # noqa: BLE001 - the one place where every failure is reported
        failure = explained(error, confines)
        text = "".join(traceback.format_exception(error)) if failure.with_traceback else None
        failed: dict[str, Any] = {
            "kind": failure.kind,
            "message": failure.message,
            "remedy": failure.remedy,
            "traceback": text,
        }
        if team is not None:
            failed = team.fail(failed, lost=_has_lost_peer(error))
        if team is None or team.ranks.is_first:
            events.emit("failed", **_in_workspace(failed, confines))
        return exit_code(failed["kind"])
    return 0


def explained(error: BaseException, confines: Confines) -> Failure:
    """What the run ends with, whatever goes wrong in finding that out."""
    try:
        return confines.explain(error) or classify(error)
    except Exception:  # noqa: BLE001 - the error that there was is worth more than this one
        return classify(error)


def _in_workspace(failed: dict[str, Any], confines: Confines) -> dict[str, Any]:
    return {
        name: confines.with_workspace_paths(text) if text else None for name, text in failed.items()
    }


def _has_lost_peer(error: BaseException) -> bool:
    """Whether a process failed only because it could not reach another one of its training."""
    return isinstance(error, PeerLost) or any(
        framework.is_lost_peer(error) for framework in table.in_use()
    )


def _carry_out(
    request: Request,
    events: EventStream,
    stop: StopSignal,
    confines: Confines,
    imported: Callable[[], None] | None,
    team: Team | None,
) -> None:
    began = time.monotonic()
    device = request.device
    ranks = Ranks()
    if team is not None:
        request, ranks = team.own(request), team.ranks
        events = events if ranks.is_first else NoEvents()
    faulthandler.enable()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True)
    seeding.begin(request.seed, request.device)
    quieten()
    _make_folders(request)
    events.emit(
        "started",
        target=request.target,
        device={"kind": device.kind, "count": device.count, "threads": device.threads},
    )
    confines.put_up(request)
    function = load_function(request)
    quieten_loaded()
    if imported is not None:
        imported()
    seeding.seed_libraries(request.seed, request.device)
    events.emit("phase", name="imports", seconds=round(time.monotonic() - began, 3))
    context = Context(request, events, stop, confines.check, ranks)
    try:
        with context.measured():
            result = function(context)
    except Exception as error:
        context.blame_state(error)
        raise
    metrics = context.require_finite(result, step=0) if isinstance(result, Mapping) else {}
    if request.target == "evaluate":
        if not metrics:
            raise BadInput(
                f"{request.function} returned no metrics",
                remedy="end it with: return {'accuracy': ...}",
            )
        text = json.dumps(metrics, sort_keys=True, separators=(",", ":"))
        (request.output / "metrics.json").write_text(text + "\n", encoding="utf-8")
    if request.target == "train":
        for file in sorted(request.output.glob("*.safetensors")):
            check_model(file)
    confines.check()
    if team is not None:
        team.finish()
    events.emit("finished", metrics=metrics, seconds=round(time.monotonic() - began, 3))


def _make_folders(request: Request) -> None:
    for folder in {request.output, request.records, request.work}:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        if free < _needed_bytes:
            raise DiskFull(f"{folder} has only {free >> 10} KiB free", remedy="free space there")
