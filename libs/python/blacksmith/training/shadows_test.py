"""Files beside a recipe that have the name of another module."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from pathlib import Path

import pytest

from blacksmith.training.shadows import shadows_in

root = Path(__file__).parents[2]
frameworks = ["numpy", "torch", "lightning", "jax", "safetensors", "blacksmith", "pytest"]
installed = [name for name in frameworks if importlib.util.find_spec(name)]


def put(folder: Path, *names: str) -> Path:
    """A folder with files of these names."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("raise SystemExit('imported by mistake')\n")
    return folder


def names_in(folder: Path) -> list[str]:
    return [name for _, name in shadows_in(folder)]


def test_every_module_of_python_s_own_is_found_as_a_file(tmp_path: Path) -> None:
    names = sorted(sys.stdlib_module_names)
    assert {"json", "logging", "re", "signal", "threading", "dataclasses"} <= set(names)
    assert sorted(names_in(put(tmp_path, *(f"{name}.py" for name in names)))) == names


def test_every_installed_package_is_found_as_a_file(tmp_path: Path) -> None:
    assert {"numpy", "blacksmith"} <= set(installed)
    files = put(tmp_path, *(f"{name}.py" for name in installed))
    assert names_in(files) == sorted(installed)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("json/__init__.py", "json"),
        ("numpy/__init__.py", "numpy"),
        ("random.pyc", "random"),
        (f"numpy{EXTENSION_SUFFIXES[0]}", "numpy"),
        (f"queue{EXTENSION_SUFFIXES[-1]}", "queue"),
    ],
)
def test_packages_and_compiled_modules_are_found_too(tmp_path: Path, file: str, name: str) -> None:
    assert names_in(put(tmp_path, file)) == [name]


def test_a_package_that_only_a_finder_of_its_own_knows_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Editable:
        @staticmethod
        def find_spec(name: str, path: object, target: object = None) -> ModuleSpec | None:
            return ModuleSpec(name, None, origin="elsewhere") if name == "forge" else None

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Editable])
    assert names_in(put(tmp_path, "forge.py", "tongs.py")) == ["forge"]


def test_what_stands_in_nobody_s_place_is_left_alone(tmp_path: Path) -> None:
    folder = put(tmp_path, "recipe.py", "helper.py", "net/__init__.py", "json/schema.json",
                 "types/helper.py", "recipe.copy.py", "old.json.py", "random.txt",
                 "__main__.py", "usercustomize.py")  # fmt: skip
    assert names_in(folder) == []


def test_a_link_to_the_recipe_s_folder_on_the_path_is_no_other_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = put(tmp_path / "real", "helper.py")
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    assert names_in(tmp_path / "link") == []


def test_what_python_runs_at_its_start_beside_a_recipe_does_not_run(tmp_path: Path) -> None:
    put(tmp_path, "__main__.py", "usercustomize.py")
    (tmp_path / "recipe.py").write_text("def train(ctx): ctx.warn('trained')\n")
    request = {"target": "train", "entry": {"file": "recipe.py"}, "function": "train",
               "config": {}, "output": "output"}  # fmt: skip
    (tmp_path / "request.json").write_text(json.dumps(request))
    kept = {k: v for k, v in os.environ.items() if not k.startswith("BLACKSMITH")}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "blacksmith.training", "request.json"],
        cwd=tmp_path,
        env={**kept, "PYTHONPATH": str(root), "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "warning: trained" in done.stderr
