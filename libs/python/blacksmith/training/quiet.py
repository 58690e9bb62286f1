"""Keeps libraries from talking over the run: people see what the recipe reports."""

from __future__ import annotations

import logging
import warnings

from blacksmith.training.frameworks import Framework, table


def quieten() -> None:
    """Silences what third parties say, now and as they are imported; errors and ours stay."""
    warnings.filterwarnings("ignore")
    warnings.filterwarnings("default", module=r"blacksmith(\.|$)")
    warnings.filterwarnings("default", module=r"recipe$")
    # A file that is left open ends with the run; nobody who waits for a result can use the word.
    warnings.filterwarnings("ignore", category=ResourceWarning)
    table.after_import(_quieten)


def quieten_loaded() -> None:
    """Once more for what is loaded: some of its parts set the levels of its loggers later."""
    for framework in table.in_use():
        _quieten(framework)


def _quieten(framework: Framework) -> None:
    for name in framework.loggers:
        logging.getLogger(name).setLevel(logging.ERROR)
