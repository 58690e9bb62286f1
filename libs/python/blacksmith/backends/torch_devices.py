"""The device of a run for torch."""

from __future__ import annotations

from typing import Any, cast

import torch

from blacksmith.backends import torch_xla_calls as xla
from blacksmith.training.failure import BadInput
from blacksmith.training.request import Device


def device_of(device: Device) -> torch.device:
    """Where tensors of this run live. Raises BadInput when torch cannot see such a device."""
    match device.kind:
        case "cpu":
            return torch.device("cpu")
        case "gpu":
            if not torch.cuda.is_available():
                raise BadInput(
                    f"torch {torch.__version__} sees no GPU",
                    remedy="check the driver with nvidia-smi; the environment must hold a CUDA"
                    " build of torch (or set BLACKSMITH_PYTHON to an interpreter that has one)",
                )
            return torch.device("cuda")
        case "tt":
            return xla.tt_device()


def compiled(model: torch.nn.Module, device: Device) -> torch.nn.Module:
    """`model` as this device wants it: tt compiles through its own backend, the others as is."""
    if device.kind != "tt":
        return model
    optimised: Any = torch.compile(model, backend="tt")
    return cast(torch.nn.Module, optimised)


def finish_step(device: Device) -> None:
    """Ends a training step: lazy devices collect operations until they are told to run them."""
    if device.kind == "tt":
        xla.sync()
