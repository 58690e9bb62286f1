"""Runs of a store are found as the command finds them, and read without a framework."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from blacksmith import runs

one, other = "ab12" + "0" * 60, "ab34" + "1" * 60
guide = Path(__file__).parents[3] / "docs/runs.md"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    monkeypatch.setenv("BLACKSMITH_HOME", str(home))
    stored(home, one)
    (home / "labels").mkdir()
    (home / f"labels/{one}.json").write_text('{"name": "baseline", "tags": []}')
    evaluation = stored(home, other, target="evaluate")
    (evaluation / "metrics.jsonl").unlink()
    (evaluation / "model.safetensors").unlink()
    (evaluation / "metrics.json").write_text('{"accuracy": 0.9}')
    return home


def stored(home: Path, key: str, target: str = "train") -> Path:
    folder = home / "artifacts" / key[:2] / key
    folder.mkdir(parents=True)
    components = {"parameters": {"training": {"seed": 3}}}
    provenance = {"id": key[:10], "key": key, "target": target, "components": components}
    (folder / "provenance.json").write_text(json.dumps(provenance))
    lines = [
        {"step": 1, "split": "train", "values": {"loss": 2.0}, "seconds": 0.5},
        {"step": 2, "split": "validation", "values": {"loss": 1.5, "accuracy": 0.7}},
        {"step": 4, "split": "validation", "values": {"loss": 1.25, "accuracy": None}},
    ]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "model.safetensors").touch()
    return folder


@pytest.mark.parametrize("reference", ["baseline", "ab12", "AB12", one])
def test_a_run_is_found_by_name_and_by_the_beginning_of_its_id(home: Path, reference: str) -> None:
    run = runs.load(reference)
    assert (run.id, run.parameters["training"]["seed"]) == (one[:10], 3)
    assert run.model == home / f"artifacts/ab/{one}/model.safetensors"


def test_a_run_is_found_by_its_folder(home: Path) -> None:
    folder = home / f"artifacts/ab/{other}"
    assert runs.load(folder).id == runs.load(str(folder)).id == other[:10]
    with pytest.raises(runs.NoRun, match=r"no run in the folder .*dist/nothing"):
        runs.load("dist/nothing")


def test_metrics_are_series_by_split_and_metric(home: Path) -> None:
    metrics = runs.load("baseline").metrics
    loss = metrics["validation"]["loss"]
    assert (list(loss.step), list(loss.value)) == ([2, 4], [1.5, 1.25])
    assert metrics["train"]["loss"].seconds[0] == 0.5
    assert math.isnan(metrics["validation"]["accuracy"].value[1])


def test_an_evaluation_has_results_and_no_model(home: Path) -> None:
    run = runs.load("ab34")
    assert (run.results, run.metrics) == ({"accuracy": 0.9}, {})
    judged = '{"metrics": {"accuracy": 0.8}, "accepted": false}'
    (run.directory / "results.json").write_text(judged)
    assert runs.load("ab34").results == {"accuracy": 0.8}
    with pytest.raises(runs.NoRun, match=r"ab34111111 has no model\.safetensors.*evaluate"):
        run.model  # noqa: B018


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("ab", "'ab' is the beginning of several runs: ab12000000, ab34111111"),
        ("gone", "there is no run 'gone' in .*npx blacksmith runs"),
        ("", "there is no run ''"),
    ],
)
def test_what_names_no_run_or_several_is_said(home: Path, reference: str, message: str) -> None:
    with pytest.raises(runs.NoRun, match=message):
        runs.load(reference)


def test_the_store_is_where_the_command_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BLACKSMITH_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    assert runs.store_home() == Path("/cache/blacksmith")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert runs.store_home() == Path("/home/somebody/.cache/blacksmith")


def test_the_example_of_the_guide_runs(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", guide.read_text(), re.DOTALL)
    exec(example, {})
    assert capsys.readouterr().out.split() == ["3", "0.7", "model.safetensors"]


def test_neither_a_framework_nor_numpy_is_needed(home: Path) -> None:
    code = (
        "import sys; sys.modules['numpy'] = None\n"
        "from blacksmith import runs; print(runs.load('baseline').metrics['train']['loss'].value)\n"
        "print([name for name in sys.modules if name.startswith('blacksmith.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[2.0]", "['blacksmith.runs']"]
