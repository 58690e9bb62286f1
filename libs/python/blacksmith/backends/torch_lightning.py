"""The device of a run in the words of torch and Lightning."""

from __future__ import annotations

from typing import Any

import torch

from blacksmith.training.request import Device


def device_of(device: Device) -> torch.device:
    """Where tensors of this run live."""
    match device.kind:
        case "cpu":
            return torch.device("cpu")
        case "gpu":
            return torch.device("cuda")
        case "tt":
            from blacksmith.backends import tt

            return tt.torch_device()


def accelerator_options(device: Device) -> dict[str, Any]:
    """`accelerator` and `devices` of `pl.Trainer`."""
    match device.kind:
        case "cpu":
            return {"accelerator": "cpu", "devices": 1}
        case "gpu":
            return {"accelerator": "gpu", "devices": device.count}
        case "tt":
            from blacksmith.backends.tt_lightning import TTAccelerator

            return {"accelerator": TTAccelerator(), "devices": device.count}
