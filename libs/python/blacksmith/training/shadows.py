"""Files beside a recipe that take the name of another module."""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder, all_suffixes
from pathlib import Path

from blacksmith.training.failure import BadInput


def shadows_in(folder: Path) -> list[tuple[Path, str]]:
    """The files and packages of the folder that libraries would import in place of what they mean,
    each with that name, once the folder comes first on sys.path.

    A folder without an `__init__.py` gives way to any other module of its name, and is none.
    """
    here = folder.resolve()
    elsewhere = [entry for entry in sys.path if Path(entry).resolve() != here]
    named = ((file, _module_name(file)) for file in sorted(folder.iterdir()))
    return [(file, name) for file, name in named if name and _is_another(name, elsewhere)]


def refuse(file: str, name: str) -> BadInput:
    """The error that names the file."""
    return BadInput(
        f"{file} has the name of another module, {name}:"
        " libraries that import that one would get this file, or this recipe that one",
        remedy="rename it",
    )


def _module_name(file: Path) -> str | None:
    """What the file or folder is imported by; None for what cannot be imported by a plain name."""
    name: str | None = file.name
    if not os.access(file / "__init__.py", os.R_OK):
        endings = (ending for ending in all_suffixes() if file.name.endswith(ending))
        # The longest: the name of a compiled module ends in the interpreter's kind, too.
        ending = max(endings, key=len, default=None)
        name = file.name.removesuffix(ending) if ending else None
    return name if name and name.isidentifier() else None


def _is_another(name: str, elsewhere: list[str]) -> bool:
    if name in sys.stdlib_module_names:
        return True
    for finder in sys.meta_path:
        # An editable installation may have a finder of its own, which is asked last.
        spec = finder.find_spec(name, elsewhere if finder is PathFinder else None)
        if spec is not None:
            return spec.origin is not None
    return False
