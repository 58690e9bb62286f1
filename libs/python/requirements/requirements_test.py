"""Every environment is pinned exactly, and the variants of one framework agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

folder = Path(__file__).parent
files = sorted(folder.glob("*.txt"))


def pins(file: Path) -> dict[str, str]:
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        text = line.split("#")[0].strip()
        if not text or text.startswith("--extra-index-url https://"):
            continue
        match = re.fullmatch(r"([A-Za-z0-9._-]+)(\[[a-z-]+\])?==([A-Za-z0-9.+!]+)", text)
        assert match, f"{file.name}: {line!r} is not an exact pin"
        name = re.sub(r"[-_.]+", "-", match[1]).lower()
        assert name not in found, f"{file.name}: {name} stands there twice"
        found[name] = match[3]
    return found


@pytest.mark.parametrize("file", files, ids=lambda file: file.stem)
def test_an_environment_has_exact_pins_and_says_what_it_is_for(file: Path) -> None:
    assert pins(file)
    assert file.read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("variant", [f for f in files if re.search("-(cuda|tt)$", f.stem)],
                         ids=lambda file: file.stem)  # fmt: skip
def test_a_variant_differs_only_in_what_the_device_needs(variant: Path) -> None:
    base = pins(folder / f"{variant.stem.rpartition('-')[0]}.txt")
    other = pins(variant)
    may_differ = {"torch", "jax", "jaxlib", "setuptools", "numpy"}
    assert {n for n in base if other.get(n) != base[n]} <= may_differ


@pytest.mark.parametrize("file", [f for f in files if f.stem.endswith("-tt")], ids=lambda f: f.stem)
def test_a_tt_environment_says_which_python_the_plugin_is_built_for(file: Path) -> None:
    assert "\n# requires-python: ==3.12.*\n" in file.read_text(encoding="utf-8")


def test_files_and_tensors_mean_the_same_in_every_environment() -> None:
    for package in ("numpy", "safetensors"):
        assert len({p[package] for f in files if package in (p := pins(f))}) == 1
