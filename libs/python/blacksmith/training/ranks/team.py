"""Starts the processes of one training, and ends all of them when one of them ends badly."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from blacksmith.training.events import EventStream, JsonEvents
from blacksmith.training.ranks.pulse import Peer, Pulse, Report
from blacksmith.training.ranks.ranks import Ranks
from blacksmith.training.ranks.stacks import stacks_of, write_when_asked
from blacksmith.training.request import Device, Request, number_of

_number, _pipes = "BLACKSMITH_RANK", "BLACKSMITH_RANK_PIPES"
_last_bytes = 8_000


class Team:
    """The processes of a training of several, of which this is one."""

    def __init__(self, request_file: Path, request: Request, events: EventStream) -> None:
        """In the first process: starts the others. In one of these: finds the way to the first."""
        # Both for the libraries through which gradients are summed: they stay on this machine.
        os.environ["GLOO_SOCKET_IFNAME"] = os.environ["NCCL_SOCKET_IFNAME"] = "lo"
        self.count = request.device.processes
        self._events = events
        self._folder = request.work / "ranks"
        self._reporting = threading.Lock()
        number = os.environ.pop(_number, None)
        if number is None:
            lines, peers = self._start_others(request_file)
            self.ranks = Ranks(0, self.count, lines, self._folder)
        else:
            line, pulse = (Connection(int(text)) for text in os.environ.pop(_pipes).split(","))
            peers = [Peer(0, pulse, os.getppid())]
            self.ranks = Ranks(int(number), self.count, [line], self._folder)
        write_when_asked(self._stacks_of(self.ranks.number))
        self._patience = number_of("BLACKSMITH_RANK_SECONDS") or 60.0
        # If the first one freezes, the second speaks; each next one only if that has not.
        patience = self._patience + 5 * max(0, self.ranks.number - 1)
        self._pulse = Pulse(peers, patience, self._died, self._froze, self._report_alone)
        self._pulse.start()

    def own(self, request: Request) -> Request:
        """The request as this process carries it out: on its own device, and where it is not the
        first, into folders that nobody reads.
        """
        number = self.ranks.number
        device = _take_own(request.device, number)
        if self.ranks.is_first:
            return replace(request, device=device)
        scratch = self._folder / str(number)
        return replace(
            request, device=device, output=scratch / "output", records=scratch / "records"
        )

    def finish(self) -> None:
        """This process has done its part; the first one waits for the others."""
        if self.ranks.is_first:
            self._pulse.wait_for_all()
            for peer in self._pulse.peers:
                assert peer.process is not None
                peer.process.wait()
        else:
            self._pulse.say_done()

    def fail(self, failed: Report, *, lost: bool) -> Report:
        """What the first process reports as the failure of all; another one tells it its own.

        `lost` says that this process failed because it could not reach another one.
        """
        if not self.ranks.is_first:
            self._pulse.say(failed={**failed, "message": self._named(failed)}, lost=lost)
            return failed
        cause = (self._pulse.cause() if lost else None) or failed
        if not self._reporting.acquire(blocking=False):
            time.sleep(3600)  # the other thread is about to end this process
        self._end_others()
        return cause

    def _start_others(self, request_file: Path) -> tuple[list[Connection], list[Peer]]:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        lines, peers = [], []
        for number in range(1, self.count):
            (line, their_line), (pulse, their_pulse) = Pipe(), Pipe()
            theirs = [their_line.fileno(), their_pulse.fileno()]
            events = [self._events.descriptor] if isinstance(self._events, JsonEvents) else []
            variables = {_number: str(number), _pipes: ",".join(map(str, theirs))}
            if events:
                variables["BLACKSMITH_EVENTS_FD"] = str(events[0])
            with self._log_of(number).open("wb") as log:
                process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "blacksmith.training", str(request_file)],
                    env={**os.environ, **variables},
                    pass_fds=[*theirs, *events],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            their_line.close()
            their_pulse.close()
            lines.append(line)
            peers.append(Peer(number, pulse, process.pid, process))
        return lines, peers

    def _died(self, peer: Peer) -> Report:
        if peer.process is None:  # the first one has failed, and said so, or was killed
            os._exit(1)
        try:
            status = peer.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            status = None
        log = self._log_of(peer.number)
        killed = status is not None and status < 0
        how = signal.Signals(-status).name if killed and status is not None else f"status {status}"
        return {
            "kind": "error",
            "message": f"process {self._name(peer.number)} ended by {how}"
            if killed
            else f"process {self._name(peer.number)} ended with {how}, without a word",
            "remedy": "if nobody killed it, the machine ran out of memory: look for"
            ' "Out of memory" in dmesg'
            if how == "SIGKILL"
            else "what it printed last stands below",
            "traceback": log.read_bytes()[-_last_bytes:].decode(errors="replace") or None,
        }

    def _froze(self, peer: Peer) -> Report:
        stacks = stacks_of(peer.pid, self._stacks_of(peer.number))
        shown = "stands below" if stacks else "could not be had: it waits in the kernel"
        return {
            "kind": "error",
            "message": f"process {self._name(peer.number)} has not been heard of for"
            f" {self._patience:g} s",
            "remedy": f"where it was {shown}; set BLACKSMITH_RANK_SECONDS to more where the"
            " machine is that slow",
            "traceback": stacks or None,
        }

    def _report_alone(self, trouble: Report) -> None:
        """The main thread waits for a peer that will not come: this one says why, and ends all."""
        if not self._reporting.acquire(blocking=False):
            time.sleep(3600)
        self._events.emit("failed", **trouble)
        self._end_others()
        os._exit(1)

    def _end_others(self) -> None:
        for peer in self._pulse.peers:
            with suppress(OSError):
                os.kill(peer.pid, signal.SIGKILL)

    def _named(self, failed: Report) -> Any:
        return f"process {self._name(self.ranks.number)}: {failed['message']}"

    def _name(self, number: int) -> str:
        return f"{number} of {self.count}"

    def _log_of(self, number: int) -> Path:
        return self._folder / f"{number}.log"

    def _stacks_of(self, number: int) -> Path:
        return self._folder / f"{number}.stacks"


def _take_own(device: Device, number: int) -> Device:
    """Binds this process to its part of the leased devices."""
    each = len(device.ids) // device.processes
    ids = device.ids[number * each : (number + 1) * each]
    match device.kind:
        case "cpu" if each:
            os.sched_setaffinity(0, [int(core.removeprefix("cpu")) for core in ids])
        case "gpu" if "CUDA_VISIBLE_DEVICES" in os.environ:
            visible = os.environ["CUDA_VISIBLE_DEVICES"].split(",")
            os.environ["CUDA_VISIBLE_DEVICES"] = visible[number]
    return replace(device, count=device.count // device.processes, processes=1, ids=ids)
