"""Notices that a package has been imported, whoever imports it and whenever."""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class ImportHook:
    """Stands first in sys.meta_path, and finds nothing by itself."""

    def __init__(self, packages: Container[str], imported: Callable[[str], None]) -> None:
        """`imported` is called with each of the packages, before its importer goes on."""
        self._packages = packages
        self._imported = imported

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What the other finders have, with a loader that gives notice when it is done."""
        if fullname not in self._packages:
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        found = (finder.find_spec(fullname, path, target) for finder in others)
        spec = next((spec for spec in found if spec is not None), None)
        if spec is not None and spec.loader is not None:
            self._notify_after(spec.loader, fullname)
        return spec

    def _notify_after(self, loader: Any, name: str) -> None:
        execute = loader.exec_module

        def execute_and_notify(module: ModuleType) -> None:
            execute(module)
            self._imported(name)

        # On this one loader: another in its place would lack what packages ask theirs for.
        loader.exec_module = execute_and_notify
