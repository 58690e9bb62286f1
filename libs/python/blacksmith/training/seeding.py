"""Seeds and determinism of every framework that a run loads, whenever it does."""

from __future__ import annotations

import os
import random

from blacksmith.training.codec import State
from blacksmith.training.frameworks import table
from blacksmith.training.request import Device


def begin(seed: int, device: Device) -> None:
    """Before anything is loaded: from now on each framework is seeded as it is imported, so that
    what a recipe draws while it is imported, or from what it imports late, follows from the seed.
    """
    # Threads change the bytes of a result. Libraries read these when they are loaded.
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = str(device.threads)
    # A waiting OpenMP thread spins for milliseconds by default: one busy neighbour on its core, and
    # a step takes twenty times as long. A thousand turns bridge the gaps between two kernels.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    random.seed(seed)
    table.before_import(lambda framework: framework.before_import(device))
    table.after_import(lambda framework: framework.seed(seed, device))


def seed_libraries(seed: int, device: Device) -> None:
    """Seeds what is loaded by now; before it first computes."""
    random.seed(seed)
    for framework in table.in_use():
        framework.seed(seed, device)


def random_state() -> State:
    """The state of every generator that draws without being asked by name."""
    state: State = {"python": random.getstate()}
    for framework in table.in_use():
        state |= framework.random_state()
    return state


def restore_random_state(state: State) -> None:
    """The inverse of `random_state`."""
    random.setstate(state["python"])
    for framework in table.known():
        framework.restore_random_state(state)
