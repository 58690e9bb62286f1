"""Prints, as JSON on a line of its own, what an interpreter imports and from where.

It also runs in interpreters that are too old for us, which is seen from what it prints.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import sys
from glob import escape, glob
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlparse


def listing() -> dict[str, Any]:
    """The version, where modules come from, and the distributions in the order of the path."""
    return {
        "version": platform.python_version(),
        "paths": [os.path.abspath(entry) for entry in sys.path if entry],
        "standard": os.path.dirname(os.path.abspath(os.__file__)),
        "packages": [
            [found.metadata["Name"], found.version, editable_roots(found)]
            for found in importlib.metadata.distributions()
        ],
    }


def editable_roots(distribution: importlib.metadata.Distribution) -> list[str]:
    """Where the modules of an editable installation lie; nothing for any other one."""
    try:
        origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    except ValueError:
        return []
    if not origin.get("dir_info", {}).get("editable"):
        return []
    roots: list[str] = []
    for file in distribution.files or []:
        if file.suffix == ".pth":
            roots += folders_in(str(distribution.locate_file(file)))
        elif file.suffix == ".py" and file.stem.startswith("__editable__"):
            roots += mapped_by(sys.modules.get(file.stem))
    # Other tools than setuptools have finders of their own: there the whole project counts.
    return sorted(set(roots)) or [unquote(urlparse(origin.get("url", "")).path)]


def folders_in(path: str) -> list[str]:
    """The folders that a .pth file puts on the path; its other lines are code."""
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = [line.strip() for line in file]
    folders = [os.path.join(os.path.dirname(path), line) for line in lines if line]
    return [os.path.abspath(folder) for folder in folders if os.path.isdir(folder)]


def mapped_by(finder: ModuleType | None) -> list[str]:
    """Where setuptools' finder leads to: folders, and modules without their suffix."""
    places: list[str] = list(getattr(finder, "MAPPING", {}).values())
    for namespace in getattr(finder, "NAMESPACES", {}).values():
        places += namespace
    return [os.path.abspath(place) for name in places for place in there(name)]


def there(name: str) -> list[str]:
    """What is at a place: the folder, or the files of a module."""
    return [name] if os.path.exists(name) else glob(escape(name) + ".*")


print()
print(json.dumps(listing()))
