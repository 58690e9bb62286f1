"""The device of a run for Lightning: options of `pl.Trainer`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from lightning.pytorch.accelerators import Accelerator
from lightning.pytorch.strategies import SingleDeviceStrategy

from blacksmith.backends import torch_xla_calls as xla
from blacksmith.backends.torch_devices import device_of
from blacksmith.training.request import Device

__all__ = ["TTAccelerator", "TTStrategy", "accelerator_options", "device_of"]


def accelerator_options(device: Device) -> dict[str, Any]:
    """`accelerator`, `devices` and, for tt, the strategy of `pl.Trainer`."""
    match device.kind:
        case "cpu":
            return {"accelerator": "cpu", "devices": 1}
        case "gpu":
            device_of(device)  # one clear error where there is none
            return {"accelerator": "gpu", "devices": device.count}
        case "tt":
            return {"strategy": TTStrategy(device_of(device)), "devices": 1}


class TTAccelerator(Accelerator):
    """A Tenstorrent device behind torch_xla."""

    def setup_device(self, device: torch.device) -> None:
        """Nothing to do: PJRT opens the device when it is first used."""

    def teardown(self) -> None:
        """Nothing to do: PJRT closes the device with the process."""

    def get_device_stats(self, device: Any) -> dict[str, Any]:
        """None: the driver's telemetry is sampled outside of this process."""
        return {}

    @staticmethod
    def parse_devices(devices: Any) -> int:
        """The number of devices; which ones is the lease's business."""
        return int(devices)

    @staticmethod
    def get_parallel_devices(devices: Any) -> list[torch.device]:
        """The devices as torch knows them."""
        return [xla.tt_device()]

    @staticmethod
    def auto_device_count() -> int:
        """One: the leased one."""
        return 1

    @staticmethod
    def is_available() -> bool:
        """Whether torch_xla is there; the lease has made sure of the card."""
        return True

    @staticmethod
    def name() -> str:
        """For Lightning's registry and messages."""
        return "tt"


class TTStrategy(SingleDeviceStrategy):
    """One device, asked to run after each optimizer step: torch_xla only collects until then."""

    def __init__(self, device: torch.device) -> None:
        super().__init__(device=device, accelerator=TTAccelerator())

    def optimizer_step(
        self,
        optimizer: torch.optim.Optimizer,
        closure: Callable[[], Any],
        model: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Takes the step and runs the graph of it."""
        result = super().optimizer_step(optimizer, closure, model, **kwargs)
        xla.sync()
        return result
