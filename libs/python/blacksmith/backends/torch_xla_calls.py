"""The few calls of torch_xla that we make; it exists only in the TT environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from blacksmith.training.failure import BadInput


def tt_device() -> torch.device:
    """The leased Tenstorrent device through PJRT."""
    # Without the device type torch_xla falls back to the CPU and only logs it.
    os.environ["PJRT_DEVICE"] = "TT"
    os.environ["XLA_STABLEHLO_COMPILE"] = "1"
    with _explained_when_missing():
        import torch_xla
        import torch_xla.runtime
    torch_xla.runtime.set_device_type("TT")
    device: torch.device = torch_xla.device()
    return device


def sync() -> None:
    """Runs what has been collected since the last call."""
    with _explained_when_missing():
        import torch_xla
    torch_xla.sync()


@contextmanager
def _explained_when_missing() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise BadInput(
            f"the Python module {error.name} is not installed, so torch cannot reach a TT device",
            remedy="use the environment of the TT stack (requirements/<framework>-tt.txt),"
            " or set BLACKSMITH_PYTHON to an interpreter that has it",
        ) from None
