"""A process that trainers are forked from.

It imports what the trainers before have imported from the environment, and nothing else: no recipe,
no data, no device. So a trainer that goes on from here has the bytes of one that was started anew,
and does not wait for its imports. Each is supervised and enclosed as any other.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import pickle
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from blacksmith.training import seeding
from blacksmith.training.entry import import_installed
from blacksmith.training.frameworks import table
from blacksmith.training.request import Device, read_request


@dataclass(frozen=True)
class Order:
    """A trainer that is asked for."""

    request: Path
    cwd: str
    # The supervisor's options.
    supervisor: list[str]
    # The path of a socket that takes stdout, stderr, events and control, in this order.
    streams: str


class Unfit(Exception):
    """A fork of this process would not be what a fresh one is; says why."""


class Warm:
    """What has been imported, and whether a trainer may still be forked from it."""

    def __init__(self, library: Path, orders: int) -> None:
        """`orders` is the descriptor that no trainer may keep."""
        self._library = library
        self._orders = orders
        self._seeded = False
        self._frameworks = table.known()
        # What a trainer has imported is noted in here, which it has inherited.
        self._imported = os.memfd_create("imported")

    def start(self, order: Order) -> int:
        """Forks a trainer; its supervisor's pid. Raises Unfit."""
        self._import(read_request(order.request).device)
        _require_fit()
        gc.freeze()
        sys.stdout.flush()
        sys.stderr.flush()
        os.ftruncate(self._imported, 0)
        pid = os.fork()
        if pid == 0:
            self._become_trainer(order)
        return pid

    def _import(self, device: Device) -> None:
        """What the trainer before has imported. Draws nothing at random, or is unfit."""
        size = os.fstat(self._imported).st_size
        if not size:
            return
        noted: dict[str, Any] = json.loads(os.pread(self._imported, size, 0))
        if not self._seeded:
            seeding.begin(0, device)
            self._seeded = True
        for name in noted["names"]:
            import_installed(name)
        if _variables() != noted["variables"]:
            raise Unfit("a recipe sets variables, which what it imports may read")
        found = pickle.dumps(seeding.random_state())
        seeding.seed_libraries(0, device)
        if pickle.dumps(seeding.random_state()) != found:
            raise Unfit("what is imported draws random numbers")

    def _become_trainer(self, order: Order) -> NoReturn:
        try:
            for descriptor in (1, 2, 3, 4):
                stream = socket.socket(socket.AF_UNIX)
                stream.connect(order.streams)
                os.dup2(stream.fileno(), descriptor)
                stream.close()
            _supervise(self._library, order, lambda: self._run(order))
        except BaseException:  # noqa: BLE001 - it must not go on as the process that it was
            traceback.print_exc()
        os._exit(1)

    def _run(self, order: Order) -> int:
        """The trainer itself: the third process of its name, in its box."""
        from blacksmith.training.runner import run

        os.close(self._orders)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.chdir(order.cwd)
        sys.argv[1:] = [str(order.request)]
        present = set(sys.modules)
        return run(order.request, imported=lambda: self._note(present))

    def _note(self, present: set[str]) -> None:
        """For the process that this one was forked from; the recipe's own modules stay out.

        A framework that the recipe has registered sets variables before its package is imported,
        which that process would not: then all is imported anew each time.
        """
        names = [name for name in sys.modules if name not in present and _is_installed(name)]
        if names and table.known() == self._frameworks:
            noted = {"names": names, "variables": _variables()}
            os.pwrite(self._imported, json.dumps(noted).encode(), 0)
        os.close(self._imported)


def serve(library: str, orders: str) -> int:
    """Forks trainers until the socket closes, or SIGTERM comes; then once the trainer has ended.

    `library` is the supervisor as a library; `orders` is the path of a socket. Each line that comes
    from it asks for a trainer; each that goes back says that it was started, or why it cannot be,
    and how it has ended.
    """
    # The numbers of a trainer's own streams are taken before anything else is opened.
    none = os.open(os.devnull, os.O_RDWR)
    for descriptor in (3, 4):
        os.dup2(none, descriptor)
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(orders)
    warm = Warm(Path(library), connection.fileno())
    lines = connection.makefile("rw", encoding="utf-8")
    ending = _Ending()
    for line in lines:
        asked = json.loads(line)
        order = Order(**{**asked, "request": Path(asked["request"])})
        try:
            ending.trainer = warm.start(order)
        except Unfit as error:
            _answer(lines, unfit=str(error))
            continue
        _answer(lines, started=ending.trainer)
        _, status = os.waitpid(ending.trainer, 0)
        code = os.waitstatus_to_exitcode(status)
        ending.trainer = None
        _answer(lines, code=code)
        if ending.asked:
            break
    return 0


class _Ending:
    """Passes a signal to stop to the trainer that is running; without one it ends this process."""

    def __init__(self) -> None:
        self.trainer: int | None = None
        self.asked = False
        signal.signal(signal.SIGTERM, self._handle)

    def _handle(self, number: int, _frame: object) -> None:
        if self.trainer is None:
            os._exit(0)
        self.asked = True
        with suppress(ProcessLookupError):
            os.kill(self.trainer, signal.SIGTERM)


def _answer(lines: Any, **fields: object) -> None:
    with suppress(OSError):  # nobody reads any more: then no order comes either
        lines.write(json.dumps(fields) + "\n")
        lines.flush()


def _supervise(library: Path, order: Order, run: Callable[[], int]) -> None:
    """Becomes the supervisor, which calls `run` in a process of its own."""

    def trainer() -> int:
        status = 1
        try:
            status = run()
        except BaseException:  # noqa: BLE001 - C, which calls this, has no use for it
            traceback.print_exc()
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        # As when it is started by itself: libraries' exit hooks may hang or print.
        os._exit(status)

    kind = ctypes.CFUNCTYPE(ctypes.c_int)
    words = [word.encode() for word in (*order.supervisor, "--", "blacksmith.training")]
    # With the lock of the interpreter held: the fork goes on with it.
    function = ctypes.PyDLL(str(library)).blacksmith_supervise
    function(len(words), (ctypes.c_char_p * len(words))(*words), kind(trainer))


def _require_fit() -> None:
    """A fork has one thread, whatever the others held, and no device."""
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads > 1:
        raise Unfit(f"what is imported has started {threads - 1} threads")


def _variables() -> dict[str, str]:
    """All but those that a trainer takes out as it begins."""
    taken = ("BLACKSMITH_EVENTS_FD", "BLACKSMITH_CONTROL_FD")
    return {name: value for name, value in os.environ.items() if name not in taken}


def _is_installed(name: str) -> bool:
    """Whether a module came with the interpreter or its environment, and is found by its name."""
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    if name == "__main__" or module is None:
        return False
    return file is None or os.path.realpath(file).startswith(_installed)


_installed = tuple(os.path.realpath(path) + os.sep for path in {sys.prefix, sys.base_prefix})
