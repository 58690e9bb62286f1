"""Modules of the capsule: which source runs, and by which path it is shown."""

from __future__ import annotations

import json
import os
import py_compile
import subprocess
from pathlib import Path

import pytest

from blacksmith.training.boxed_trial import BoxedTrial

helper = "experiments/anvil/hammer.py"


@pytest.fixture
def trial(tmp_path: Path) -> BoxedTrial:
    return BoxedTrial(tmp_path)


def stale_bytecode(source: Path, ran: str) -> None:
    """Leaves bytecode of other source beside `source`, with its size and time of change."""
    text = source.read_text()
    assert len(text) == len(ran)
    source.write_text(ran)
    os.utime(source, (1_000_000, 1_000_000))
    py_compile.compile(str(source))
    source.write_text(text)
    os.utime(source, (1_000_000, 1_000_000))


def test_stale_bytecode_does_not_run_in_place_of_the_source(trial: BoxedTrial) -> None:
    stale_bytecode(trial.declare(helper, "X = 1\n"), "X = 2\n")
    trial.declare("libs/python/house/__init__.py", "")
    stale_bytecode(trial.declare("libs/python/house/rules.py", "Y = 1\n"), "Y = 2\n")
    run = trial.run(
        "import hammer, house.rules\ndef train(ctx): ctx.warn(f'{hammer.X} {house.rules.Y}')\n"
    )
    assert run.warnings == ["1 1"]


def test_no_bytecode_is_written_into_the_capsule(trial: BoxedTrial) -> None:
    trial.declare(helper, "X = 1\n")
    trial.declare("libs/python/house/__init__.py", "X = 1\n")
    run = trial.run("import hammer, house\ndef train(ctx): pass\n")
    assert run.status == 0
    assert not list(trial.tree.rglob("*.pyc"))


def test_tracebacks_name_the_workspace_and_show_the_lines_that_ran(trial: BoxedTrial) -> None:
    trial.declare(helper, "def strike():\n    raise ValueError('cold')  # as it ran\n")
    trial.write(helper, "# edited meanwhile\n\n")
    text = "import hammer\ndef train(ctx):\n    hammer.strike()  # the recipe's line\n"
    traceback = trial.run(text).failed["traceback"]
    for file, line, source in (
        ("recipe.py", 3, "hammer.strike()  # the recipe's line"),
        ("hammer.py", 2, "raise ValueError('cold')  # as it ran"),
    ):
        place = f'File "{trial.experiment / file}", line {line}'
        assert place in traceback
        assert source in traceback
    assert str(trial.tree) not in traceback


def test_a_mistake_in_the_syntax_is_reported_in_the_workspace(trial: BoxedTrial) -> None:
    failed = trial.run("def train(ctx):\n    x = (\n").failed
    assert f'File "{trial.experiment / "recipe.py"}", line 2' in failed["traceback"]


def test_inspect_shows_what_ran(trial: BoxedTrial) -> None:
    trial.declare(helper, "class Hammer:\n    def strike(self):\n        return 'ran'\n")
    trial.write(helper, "# edited meanwhile\n")
    run = trial.run(
        "import inspect, linecache, hammer\n"
        "def train(ctx):\n"
        "    for what in (hammer, hammer.Hammer, hammer.Hammer.strike):\n"
        "        assert \"return 'ran'\" in inspect.getsource(what)\n"
        "        linecache.clearcache()\n"
    )
    assert run.status == 0, run


def test_torch_compiles_a_module_of_the_recipe(trial: BoxedTrial) -> None:
    run = trial.run(
        "import torch\n"
        "class Hammer(torch.nn.Module):\n"
        "    def forward(self, x): return x * 2 + 1\n"
        "def train(ctx):\n"
        "    hammer = torch.compile(Hammer(), backend='eager', fullgraph=True)\n"
        "    ctx.warn(str([hammer(torch.ones(n)).sum().item() for n in (1, 2, 3)]))\n"
    )
    assert (run.status, run.warnings) == (0, ["[3.0, 6.0, 9.0]"]), run


def test_an_error_that_python_only_prints_does_not_end_the_run(trial: BoxedTrial) -> None:
    run = trial.run(
        "class Hammer:\n"
        "    def __del__(self):\n"
        "        raise ValueError('dropped')\n"
        "def train(ctx): Hammer()\n"
    )
    assert "ValueError: dropped" in run.printed
    assert run.status == 0


def test_a_module_and_its_code_are_the_copy_in_the_capsule(trial: BoxedTrial) -> None:
    run = trial.run(
        "def train(ctx):\n    ctx.warn(__file__)\n    ctx.warn(train.__code__.co_filename)\n"
    )
    assert run.warnings == [str(trial.tree / "experiments" / "anvil" / "recipe.py")] * 2


def test_what_a_run_fails_with_is_reported_in_the_workspace(trial: BoxedTrial) -> None:
    text = "def train(ctx): raise ctx.bad_input(f'see {__file__}', remedy=f'edit {__file__}')\n"
    failed = trial.run(text).failed
    file = trial.experiment / "recipe.py"
    assert (failed["message"], failed["remedy"]) == (f"see {file}", f"edit {file}")


@pytest.mark.parametrize("name", ["forge.so", "forge.abi3.so", "forge.py", "forge/__init__.py"])
def test_a_module_that_the_capsule_lacks_is_to_be_declared(trial: BoxedTrial, name: str) -> None:
    trial.write(f"experiments/anvil/{name}", "")
    failed = trial.run("\ndef train(ctx): import forge\n").failed
    read = f"reads experiments/anvil/{name}, which is no declared input: it is in no key"
    assert failed["message"] == f"experiments/anvil/recipe.py:2: {read}"
    assert failed["remedy"].endswith(f"experiment.yaml:  inputs: [{name}]")


def test_a_compiled_module_of_a_package_is_to_be_declared_from_the_experiment(
    trial: BoxedTrial,
) -> None:
    trial.declare("libs/python/house/__init__.py", "from house import rules\nimport house._fast\n")
    trial.declare("libs/python/house/rules.py", "")
    trial.write("libs/python/house/_fast.so", "")
    failed = trial.run("def train(ctx): import house\n").failed
    assert "libs/python/house/__init__.py:2: reads libs/python/house/_fast.so" in failed["message"]
    assert failed["remedy"].endswith("inputs: [../../libs/python/house/_fast.so]")


def test_a_module_that_is_nowhere_is_to_be_installed(trial: BoxedTrial) -> None:
    failed = trial.run("import forge\n").failed
    assert failed["message"] == "the Python module forge is not installed in this environment"


def by_hand(trial: BoxedTrial, request: Path) -> subprocess.CompletedProcess[str]:
    """Starts the trainer as a person does, in whatever folder they are."""
    return subprocess.run(
        [*trial.python(), str(request)],
        cwd=trial.folder,
        env=trial.variables(),
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_by_hand_the_workspace_s_files_run_in_the_experiment_s_folder(trial: BoxedTrial) -> None:
    trial.declare("experiments/anvil/recipe.py", "def train(ctx): ctx.warn('capsule')\n")
    trial.write("experiments/anvil/curve.json", "[7]")
    edited = "import hammer\ndef train(ctx): ctx.warn(open('curve.json').read() + hammer.X)\n"
    trial.write("experiments/anvil/recipe.py", edited)
    trial.write(helper, "X = ' edited'\n")
    done = by_hand(trial, trial.request())
    assert "warning: [7] edited" in done.stderr, done.stderr
    assert done.returncode == 0


def test_by_hand_paths_of_the_request_stay_relative_to_it(trial: BoxedTrial) -> None:
    trial.declare("experiments/anvil/recipe.py", "def train(ctx): (ctx.output / 'a').touch()\n")
    file = trial.request()
    request = json.loads(file.read_text())
    file.write_text(json.dumps(request | {"output": "output", "records": "records"}))
    done = subprocess.run(
        [*trial.python(), os.path.relpath(file, trial.folder)],
        cwd=trial.folder,
        env=trial.variables(),
        timeout=60,
    )
    assert done.returncode == 0
    assert (file.parent / "output" / "a").exists()


@pytest.mark.parametrize("name", ["random.py", "json/__init__.py", "pytest.py", "blacksmith.py"])
def test_a_file_that_libraries_would_import_by_mistake_is_refused(
    trial: BoxedTrial, name: str
) -> None:
    file = trial.declare(f"experiments/anvil/{name}", "raise SystemExit('imported')\n")
    failed = trial.run("def train(ctx): pass\n").failed
    module = name.split("/")[0].removesuffix(".py")
    shown = trial.experiment / file.relative_to(trial.tree / "experiments" / "anvil").parts[0]
    assert failed["message"].startswith(f"{shown} has the name of another module, {module}")
    assert failed["remedy"] == "rename it"
