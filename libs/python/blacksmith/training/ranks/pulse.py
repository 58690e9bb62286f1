"""How the processes of one training notice that one of them has failed, died or frozen."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

# The cause of a failure may be heard of after its consequence.
_for_the_cause_s = 5.0
# Until the main thread, which may have failed of the same, is no more waited for.
_for_the_main_thread_s = 2.0

Report = dict[str, Any]


@dataclass(eq=False)
class Peer:
    """Another process of the training, and the pipe through which it says that it is alive."""

    number: int
    pulse: Connection
    pid: int
    process: subprocess.Popen[bytes] | None = None
    # Seconds, of those in which this process was awake itself.
    silent: float = 0.0
    done: bool = False


@dataclass(eq=False)
class Pulse:
    """Says to the peers that this process is alive, and hears it of them, in a thread of its own.

    `died` and `froze` put into words what became of a peer, as the fields of a `failed` event. What
    a peer says to have failed of is passed on as it is. `report` is called with the first such
    trouble once the main thread has had the time to report it; it ends the process.
    """

    peers: list[Peer]
    patience: float
    died: Callable[[Peer], Report]
    froze: Callable[[Peer], Report]
    report: Callable[[Report], None]
    trouble: Report | None = None
    _found: threading.Event = field(default_factory=threading.Event)
    _all_done: threading.Event = field(default_factory=threading.Event)
    _ending: threading.Event = field(default_factory=threading.Event)
    _report_at: float = 0.0

    def start(self) -> None:
        """Once; the thread ends with the process."""
        threading.Thread(target=self._watch, name="pulse", daemon=True).start()

    def say(self, **fields: Any) -> None:
        """Tells the peers more than that this process is alive."""
        for peer in self.peers:
            with suppress(OSError):
                peer.pulse.send_bytes(json.dumps(fields).encode())

    def say_done(self) -> None:
        """This process has done its part. Never returns where it is about to end all of them: a
        peer that is asked where it froze goes on by that.
        """
        if self._ending.is_set():
            time.sleep(3600)
        self.say(done=True)

    def cause(self) -> Report | None:
        """What became of a peer, where that is why this process could not go on."""
        self._found.wait(_for_the_cause_s)
        return self.trouble

    def wait_for_all(self) -> None:
        """Returns when all peers have done their part. If one fails, `report` ends the process."""
        self._all_done.wait()

    def _watch(self) -> None:
        listened = list(self.peers)
        tick = min(1.0, self.patience / 4)
        last = time.monotonic()
        while True:
            for peer in listened:
                with suppress(OSError):
                    peer.pulse.send_bytes(b"{}")
            end = time.monotonic() + tick
            while (left := end - time.monotonic()) > 0:
                if not listened:
                    time.sleep(left)
                ready = wait([peer.pulse for peer in listened], left)
                for peer in [peer for peer in listened if peer.pulse in ready]:
                    if not self._hear(peer):
                        listened.remove(peer)
            now = time.monotonic()
            # A machine that sleeps, or a job that is suspended, stops all of them, and this one.
            passed, last = min(now - last, 2 * tick), now
            for peer in listened:
                peer.silent += passed
                if peer.silent > self.patience and self.trouble is None:
                    # At once: it is woken, to say where it was.
                    self._ending.set()
                    self.report(self.froze(peer))
            if self.trouble is not None and now >= self._report_at:
                self.report(self.trouble)

    def _hear(self, peer: Peer) -> bool:
        """Takes one message; False when there will be no more."""
        try:
            said = json.loads(peer.pulse.recv_bytes())
        except (EOFError, OSError):
            if not peer.done:
                self._note(self.died(peer))
            return False
        peer.silent = 0.0
        if "failed" in said:
            peer.done = True
            self._note(said["failed"], is_cause=not said["lost"])
        elif "done" in said:
            peer.done = True
            if all(each.done for each in self.peers) and self.trouble is None:
                self._all_done.set()
        return True

    def _note(self, trouble: Report, *, is_cause: bool = True) -> None:
        if self._found.is_set():
            return
        if is_cause:
            self.trouble, self._report_at = trouble, time.monotonic() + _for_the_main_thread_s
            self._found.set()
        elif self.trouble is None:
            self.trouble, self._report_at = trouble, time.monotonic() + _for_the_cause_s
