"""The device of a run for torch."""

from __future__ import annotations

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


def compile_for(device: Device, module: torch.nn.Module) -> None:
    """Has calls of `module` compiled where the device wants that: tt, through its own backend.

    In place, so that its weights keep their names. Each new shape is compiled anew, up to eight
    (torch's recompile_limit): after those torch computes without the compiler.
    """
    if device.kind == "tt":
        # The other way of that backend's leaves no graph to go backward through.
        module.compile(backend="tt", dynamic=False, options={"tt_legacy_compile": True})


def wants_fixed_shapes(device: Device) -> bool:
    """Whether each new shape costs a compilation, so that padding is cheaper than trimming."""
    return device.kind == "tt"


def has_fused_optimizers(device: Device) -> bool:
    """Whether torch has its optimizers' `fused` form there: one kernel for all weights."""
    return device.kind in ("cpu", "gpu")


def finish_step(device: Device) -> None:
    """Ends a training step: lazy devices collect operations until they are asked to run them."""
    if device.kind == "tt":
        xla.sync()
