"""Runs of the store for notebooks: what was set, what came of it, and where the model lies.

Nothing here writes, and nothing needs a framework; values are NumPy arrays where there is a NumPy.
"""

from __future__ import annotations

import importlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple


class NoRun(LookupError):
    """No run is meant by what was given, or several are."""


class Series(NamedTuple):
    """One metric of one split, in the order in which it was recorded."""

    step: Any
    value: Any
    #: Of the run, NaN where that is not known.
    seconds: Any


@dataclass(frozen=True)
class Run:
    """A stored run, read-only. Its files are sealed: copy what is to be changed."""

    directory: Path
    #: Who made it, from what and when: the whole of provenance.json.
    provenance: dict[str, Any]

    @property
    def id(self) -> str:
        """The first ten digits of its key, as the command shows them."""
        return str(self.provenance["id"])

    @property
    def parameters(self) -> dict[str, Any]:
        """What stands in its key, as in YAML: `parameters["training"]["seed"]`."""
        return dict(self.provenance["components"].get("parameters", {}))

    @cached_property
    def metrics(self) -> dict[str, dict[str, Series]]:
        """What a training recorded, by split and metric: `metrics["validation"]["loss"].value`."""
        columns: dict[str, dict[str, list[tuple[float, float, float]]]] = {}
        for line in self._lines("metrics.jsonl"):
            split = columns.setdefault(str(line.get("split", "")), {})
            seconds = float(line.get("seconds", "nan"))
            for metric, value in line.get("values", {}).items():
                number = float("nan") if value is None else float(value)
                split.setdefault(metric, []).append((line["step"], number, seconds))
        return {
            split: {
                metric: Series(*map(_array, zip(*rows, strict=True)))
                for metric, rows in of_split.items()
            }
            for split, of_split in columns.items()
        }

    @cached_property
    def results(self) -> dict[str, float]:
        """What an evaluation measured, by metric; empty for a training."""
        judged = self.directory / "results.json"  # in dist/, with the verdict
        if judged.exists():
            return dict(_read(judged)["metrics"])
        measured = self.directory / "metrics.json"
        return _read(measured) if measured.exists() else {}

    @property
    def model(self) -> Path:
        """The weights of a training.

        Raises:
            NoRun: where the run has left no model, as an evaluation.
        """
        file = self.directory / "model.safetensors"
        if file.exists():
            return file
        target = self.provenance["target"]
        raise NoRun(f"the run {self.id} has no model.safetensors: it is a run of {target}")

    def _lines(self, name: str) -> Iterator[dict[str, Any]]:
        file = self.directory / name
        if not file.exists():
            return
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


def load(reference: str | os.PathLike[str]) -> Run:
    """The run of this name, of an id or key that begins so, or in this folder of dist/.

    Raises:
        NoRun: where there is none, or more than one.
    """
    text = os.fspath(reference)
    folder = Path(text).expanduser()
    if os.sep in text or isinstance(reference, Path):
        if not (folder / "provenance.json").exists():
            raise NoRun(f"there is no run in the folder {folder.absolute()}")
        return _run(folder)
    home = store_home()
    named = [file.stem for file in _files(home / "labels") if _read(file).get("name") == text]
    keys = named or [key for key in _keys(home) if text and key.startswith(text.lower())]
    runs = [_run(home / "artifacts" / key[:2] / key) for key in keys]
    if len(runs) == 1:
        return runs[0]
    if not runs:
        raise NoRun(f"there is no run {text!r} in {home}; `npx blacksmith runs` lists all")
    ids = ", ".join(sorted(run.provenance["key"][: max(10, len(text) + 4)] for run in runs))
    raise NoRun(f"{text!r} is the beginning of several runs: {ids}")


def store_home() -> Path:
    """Where the command keeps its runs: BLACKSMITH_HOME, else the user's cache folder."""
    if named := os.environ.get("BLACKSMITH_HOME"):
        return Path(named).absolute()
    cache = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(cache) if cache.startswith("/") else Path.home() / ".cache") / "blacksmith"


def _run(directory: Path) -> Run:
    # Of a copy in dist/ the file is a link; the folder is where people have looked.
    return Run(directory, _read(directory / "provenance.json"))


def _keys(home: Path) -> Iterator[str]:
    for folder in sorted((home / "artifacts").glob("*")):
        for artifact in folder.iterdir():
            sealed = (artifact / "provenance.json").exists()
            if sealed and re.fullmatch("[0-9a-f]{64}", artifact.name):
                yield artifact.name


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


def _read(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text(encoding="utf-8")))


def _array(values: tuple[float, ...]) -> Any:
    try:
        return importlib.import_module("numpy").array(values)
    except ModuleNotFoundError:
        return list(values)
