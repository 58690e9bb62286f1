"""The frameworks that a run knows."""

from __future__ import annotations

import sys
from collections.abc import Callable

from blacksmith.training.failure import BadInput
from blacksmith.training.frameworks.framework import Framework
from blacksmith.training.frameworks.huggingface import HuggingFace
from blacksmith.training.frameworks.import_hook import ImportHook
from blacksmith.training.frameworks.jax import Jax
from blacksmith.training.frameworks.leaf import Leaf
from blacksmith.training.frameworks.lightning import Lightning
from blacksmith.training.frameworks.numpy import Numpy
from blacksmith.training.frameworks.torch import Torch

Act = Callable[[Framework], None]

_table: dict[str, Framework] = {}
_packages: set[str] = set()
_before: list[Act] = []
_after: list[Act] = []


def register(framework: Framework) -> None:
    """Adds a framework, or puts it in the place of the one with the same first package.

    Raises BadInput where its package is imported already, and reads variables as it is.
    """
    for kind in framework.kinds:
        other = of_kind(kind)
        if other is not None and other.packages[0] != framework.packages[0]:
            raise ValueError(f"leaves of the kind {kind} belong to {other.packages[0]}")
    _table[framework.packages[0]] = framework
    _packages.update(framework.packages)
    if not _is_loaded(framework):
        _do(_before, framework)
        return
    if _before and type(framework).before_import is not Framework.before_import:
        name = framework.packages[0]
        raise BadInput(
            f"{name} is imported before it is registered as a framework, so that it has read"
            " other environment variables than it should",
            remedy=f"import the module that registers it above {name}",
        )
    _do(_after, framework)


def known() -> list[Framework]:
    """All of them."""
    return list(_table.values())


def in_use() -> list[Framework]:
    """Those with a package that has been imported by now."""
    return [framework for framework in _table.values() if _is_loaded(framework)]


def of_kind(kind: str) -> Framework | None:
    """The one whose leaves are called so."""
    return next((each for each in _table.values() if kind in each.kinds), None)


def to_leaf(value: object, path: str) -> Leaf | None:
    """A leaf of any framework in use as bytes, None for anything else."""
    found = (framework.to_raw(value, path) for framework in in_use())
    return next((leaf for leaf in found if leaf is not None), None)


def before_import(act: Act) -> None:
    """Calls `act` with each framework now, and with each that is registered later as it is."""
    _before.append(act)
    for framework in _table.values():
        act(framework)


def after_import(act: Act) -> None:
    """Calls `act` with each framework in use, and with each other as soon as it is imported."""
    if _hook not in sys.meta_path:
        sys.meta_path.insert(0, _hook)
    _after.append(act)
    for framework in in_use():
        act(framework)


def _is_loaded(framework: Framework) -> bool:
    return any(name in sys.modules for name in framework.packages)


def _do(acts: list[Act], framework: Framework) -> None:
    for act in acts:
        act(framework)


def _imported(name: str) -> None:
    for framework in _table.values():
        if name in framework.packages:
            _do(_after, framework)


_hook = ImportHook(_packages, _imported)

for _each in (Numpy(), Torch(), Lightning(), HuggingFace(), Jax()):
    register(_each)
