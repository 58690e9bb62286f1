"""Imports by names that only a run knows: the function of a request, modules of the environment."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

from blacksmith.training.capsule import Capsule, CapsuleLoader
from blacksmith.training.context import Context
from blacksmith.training.failure import BadInput
from blacksmith.training.request import Request
from blacksmith.training.shadows import refuse, shadows_in


def load_function(request: Request) -> Callable[[Context], Any]:
    """The function; its module is compiled from the capsule's source where there is one.

    Raises BadInput where it is not to be found.
    """
    capsule = request.capsule
    if request.entry_file is not None:
        module = _load_file(request.entry_file, capsule)
        where = _shown(request.entry_file, capsule)
    elif request.entry_module is not None:
        module = importlib.import_module(request.entry_module)
        where = request.entry_module
    else:
        raise BadInput("the request's entry names neither a file nor a module")
    function: Callable[[Context], Any] | None = getattr(module, request.function, None)
    if not callable(function):
        raise BadInput(
            f"{where} has no function {request.function}",
            remedy=f"define it as: def {request.function}(ctx: Context)",
        )
    return function


def import_installed(name: str) -> None:
    """Imports a module of the environment, which the key holds as a whole.

    What cannot be imported by itself stays out: it was made while another one was imported.
    """
    with suppress(Exception):
        importlib.import_module(name)


def _load_file(file: Path, capsule: Capsule | None) -> Any:
    if not file.is_file():
        raise BadInput(f"there is no recipe {_shown(file, capsule)}")
    for shadow, name in shadows_in(file.parent):
        raise refuse(_shown(shadow, capsule), name)
    # Modules beside the recipe are imported by their plain names.
    sys.path.insert(0, str(file.parent))
    loader: SourceFileLoader | None = None
    if capsule is not None and capsule.holds(str(file)):
        loader = CapsuleLoader(file.stem, str(file))
    spec = importlib.util.spec_from_file_location(file.stem, file, loader=loader)
    if spec is None or spec.loader is None:
        raise BadInput(f"{_shown(file, capsule)} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module


def _shown(path: Path, capsule: Capsule | None) -> str:
    return capsule.in_workspace(str(path)) if capsule else str(path)
