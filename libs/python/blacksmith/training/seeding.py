"""Seeds and determinism of every library that a recipe has loaded."""

from __future__ import annotations

import os
import random
import sys
from typing import Any

from blacksmith.training.codec import State
from blacksmith.training.request import Device


def fix_environment(device: Device) -> None:
    """Sets what libraries read when they are loaded. Threads change the bytes of a result."""
    threads = str(device.threads)
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC"):
        os.environ[variable] = threads  # NPROC is what XLA's CPU client sizes its pool by
    # A waiting OpenMP thread spins for milliseconds by default: one busy neighbour on its core, and
    # a step takes twenty times as long. A thousand turns bridge the gaps between two kernels.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    os.environ["JAX_ENABLE_X64"] = "0"
    # Needed by cuBLAS for deterministic algorithms (docs.nvidia.com/cuda/cublas, reproducibility).
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


def seed_libraries(seed: int, device: Device) -> None:
    """Seeds what is loaded by now; torch is switched to deterministic algorithms, and takes numbers
    below the least normal one for zero (so does all else that this thread calculates).

    Before torch first computes: its threads take the arithmetic over from the one that starts them.
    """
    random.seed(seed)
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(seed % 2**32)
    torch: Any = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(seed)
        torch.set_num_threads(device.threads)
        # Some CUDA kernels have no deterministic form; there, a warning has to do.
        torch.use_deterministic_algorithms(True, warn_only=device.kind != "cpu")
        # Filling fresh memory with NaN helps to find bugs; it only costs time here.
        torch.utils.deterministic.fill_uninitialized_memory = False
        torch.backends.cudnn.benchmark = False
        # Adam's mean of gradients that have ceased (a dead unit's, a grid's thin air) sinks below
        # the least normal number, and there a CPU calculates ten times as slowly. XLA flushes too.
        torch.set_flush_denormal(True)


def random_state() -> State:
    """The state of every generator that draws without being asked by name."""
    state: State = {"python": random.getstate()}
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        state["numpy"] = numpy.random.get_state()
    torch: Any = sys.modules.get("torch")
    if torch is not None:
        state["torch"] = torch.get_rng_state()
        if torch.cuda.is_available() and torch.cuda.is_initialized():
            state["cuda"] = torch.cuda.get_rng_state_all()
    return state


def restore_random_state(state: State) -> None:
    """The inverse of `random_state`."""
    random.setstate(state["python"])
    if "numpy" in state:
        import numpy

        numpy.random.set_state(state["numpy"])
    if "torch" in state:
        import torch

        torch.set_rng_state(state["torch"])
        if "cuda" in state and len(state["cuda"]) == torch.cuda.device_count():
            torch.cuda.set_rng_state_all(state["cuda"])
