"""Runs modules from the capsule's copies, whose paths are shown as those that people edit."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
)
from pathlib import Path
from types import CodeType
from typing import Any


@dataclass(frozen=True)
class Capsule:
    """A read-only copy of the files that a run may read, each at its path in the workspace."""

    tree: Path
    workspace: Path

    def relative(self, path: str) -> str | None:
        """The POSIX path below the tree or the workspace; None for what lies in neither."""
        for root in (str(self.tree), str(self.workspace)):
            if path == root or path.startswith(root.rstrip("/") + "/"):
                return path[len(root) :].strip("/") or "."
        return None

    def holds(self, path: str) -> bool:
        """Whether the path lies in the tree, there or not."""
        tree = str(self.tree)
        return path == tree or path.startswith(tree + "/")

    def in_workspace(self, path: str) -> str:
        """The workspace's path of what lies in the tree; any other path as it is."""
        return str(self.workspace) + path[len(str(self.tree)) :] if self.holds(path) else path

    def has_copy(self, path: str) -> bool:
        """Whether the capsule holds a file of that path, in the workspace or in the tree."""
        relative = self.relative(path)
        return relative is not None and (self.tree / relative).is_file()

    def lacks(self, path: str) -> bool:
        """Whether a path in the tree leads to nothing, and its counterpart in the workspace does.

        Python's own bytecode is no loss.
        """
        if not self.holds(path) or "__pycache__" in path or os.path.lexists(path):
            return False
        return os.path.lexists(self.in_workspace(path))

    def with_workspace_paths(self, text: str) -> str:
        """The text with the workspace's paths in place of the tree's."""
        return text.replace(str(self.tree), str(self.workspace))


def run_from(capsule: Capsule) -> None:
    """From now on modules below the tree are compiled from their sources alone.

    No bytecode is read or written for them, since a stale one would run another source than the
    one that is there; none is written for anything else either, which the box would refuse.
    Modules that are loaded already stay as they are. Worker processes that start afresh import
    from the same tree in Python's own way.
    """
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.path_hooks.insert(0, _finder_in(capsule))
    for folder in list(sys.path_importer_cache):
        if capsule.holds(os.path.realpath(folder)):
            del sys.path_importer_cache[folder]
    importlib.invalidate_caches()


def lacking_module(name: str, capsule: Capsule | None) -> str | None:
    """The workspace's file of a module that the capsule lacks: compiled, or imported by a name
    that only the run knows. None where there is none.
    """
    stem = name.replace(".", "/")
    suffixes = (*EXTENSION_SUFFIXES, *SOURCE_SUFFIXES, "/__init__.py")
    places = (
        f"{os.path.realpath(folder)}/{stem}{suffix}" for folder in sys.path for suffix in suffixes
    )
    lacking = (place for place in places if capsule is not None and capsule.lacks(place))
    return next(lacking, None)


class CapsuleLoader(SourceFileLoader):
    """Loads a module from its source alone.

    Its code names the copy, not the file that people edit: inspect, linecache, pdb and
    torch.compile open the file of that name, and the lines that run stand in the copy only.
    """

    def get_code(self, fullname: str) -> CodeType:
        """The module's code, compiled now."""
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), os.path.realpath(path))


def _finder_in(capsule: Capsule) -> Callable[[str], FileFinder]:
    def finder(folder: str) -> FileFinder:
        real = os.path.realpath(folder or ".")
        if not capsule.holds(real) or not Path(real).is_dir():
            raise ImportError("not a folder of the capsule", path=folder)
        kinds: Any = [(ExtensionFileLoader, EXTENSION_SUFFIXES), (CapsuleLoader, SOURCE_SUFFIXES)]
        return FileFinder(folder, *kinds)

    return finder
