"""Keeps libraries from talking over the run: people see what the recipe tells."""

from __future__ import annotations

import logging
import os
import warnings

_variables = {
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "PYTORCH_LIGHTNING_NO_TIPS": "1",
}

_loggers = ("lightning.pytorch", "lightning.fabric", "pytorch_lightning", "transformers", "peft",
            "jax", "absl", "torch")  # fmt: skip


def quieten() -> None:
    """Before anything is loaded: silences third-party chatter; errors and our warnings stay."""
    for name, value in _variables.items():
        os.environ.setdefault(name, value)
    warnings.filterwarnings("ignore")
    warnings.filterwarnings("default", module=r"blacksmith(\.|$)")
    warnings.filterwarnings("default", module=r"recipe$")
    # A file that is left open ends with the run; nobody who waits for a result can use the word.
    warnings.filterwarnings("ignore", category=ResourceWarning)


def quieten_loggers() -> None:
    """After the recipe is loaded: libraries set their loggers' levels as they are imported."""
    for name in _loggers:
        logging.getLogger(name).setLevel(logging.ERROR)
