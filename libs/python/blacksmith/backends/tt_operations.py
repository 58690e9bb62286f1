"""What a recipe computes on tt, held against what its compiler knows, without a card.

Beside a recipe stands tt-operations.txt: the operations of its steps with devices/tt.yaml, how
often each stands there and with which shapes. A test makes that list again; where it differs, or
names what docs/tt-operations.md does not, somebody should look before a card does. To write it
anew, delete the file and run the test once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from blacksmith.training.default_parameters import layered_parameters

file_name = "tt-operations.txt"
page = "docs/tt-operations.md"

# Lines such as `stablehlo.add f32[4] f32[4] -> f32[4]`, and how often each is there.
Operations = Counter[str]


def tt_parameters(recipe: Path) -> dict[str, Any]:
    """The parameters of a run with `--device=tt`: defaults, experiment.yaml, devices/tt.yaml."""
    return layered_parameters(recipe, "devices/tt.yaml")


def check_operations(recipe: Path, found: Mapping[str, Operations]) -> None:
    """Fails with what is not in the table, or not as in the file beside the recipe.

    `found`: the operations of each part, by what the part is called.
    """
    unknown = {line.split()[0] for part in found.values() for line in part} - known_operations()
    assert not unknown, f"{page} does not name {', '.join(sorted(unknown))}"
    file, text = recipe.with_name(file_name), _written(found)
    if not file.exists():
        file.write_text(text, encoding="utf-8")
        raise AssertionError(f"{file} was not there and is written: look at it, and run this again")
    expected = file.read_text(encoding="utf-8")
    assert text == expected, f"delete {file} and run this again to write it anew"


def known_operations() -> set[str]:
    """The names in the first columns of the page's tables."""
    for folder in Path(__file__).resolve().parents:
        if (folder / page).is_file():
            lines = (folder / page).read_text(encoding="utf-8").splitlines()
            cells = (line.split("|")[1] for line in lines if line.startswith("| `"))
            return {name for cell in cells for name in re.findall("`([^`]+)`", cell)}
    raise FileNotFoundError(f"there is no {page}")


def _written(found: Mapping[str, Operations]) -> str:
    parts = []
    for name, operations in found.items():
        lines = [f"{count:5} {line}\n" for line, count in sorted(operations.items())]
        parts.append(f"# {name}\n{''.join(lines)}")
    return "\n".join(parts)
