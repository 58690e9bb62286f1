"""Lightning: talkative; all else of it is torch's."""

from __future__ import annotations

import os

from blacksmith.training.frameworks.framework import Framework
from blacksmith.training.request import Device


class Lightning(Framework):
    """Under either of its names."""

    packages = ("lightning", "pytorch_lightning")
    loggers = ("lightning.pytorch", "lightning.fabric", "pytorch_lightning")

    def before_import(self, device: Device) -> None:
        os.environ.setdefault("PYTORCH_LIGHTNING_NO_TIPS", "1")
