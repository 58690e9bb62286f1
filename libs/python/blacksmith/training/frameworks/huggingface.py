"""Hugging Face's libraries: talkative; all else of them is torch's or JAX's."""

from __future__ import annotations

import os

from blacksmith.training.frameworks.framework import Framework
from blacksmith.training.request import Device

_variables = {
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
}


class HuggingFace(Framework):
    """transformers, and what is used along with it."""

    packages = ("transformers", "peft")
    loggers = ("transformers", "peft")

    def before_import(self, device: Device) -> None:
        for name, value in _variables.items():
            os.environ.setdefault(name, value)
