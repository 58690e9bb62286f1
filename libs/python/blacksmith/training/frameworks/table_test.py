"""A framework that nobody has heard of, from a workspace's own package, in runs of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from blacksmith.training.boxed_trial import BoxedTrial
from blacksmith.training.codec import encode
from blacksmith.training.frameworks import Framework, Leaf, Raw, register, table

# What would be installed in an environment.
library = """
import logging
import os
import random
import sys
from array import array

threads = os.environ.get("ANVIL_THREADS")
dice = random.Random()
log = logging.getLogger("anvil")
log.setLevel(logging.INFO)
log.addHandler(logging.StreamHandler(sys.stderr))

class Ingot:
    def __init__(self, weights):
        self.weights = array("f", weights)

    def struck(self):
        log.info("clang")
        return Ingot(weight + dice.random() for weight in self.weights)

class OutOfHeat(Exception):
    pass

class WrongMould(Exception):
    pass
"""

guide = Path(__file__).parents[5] / "docs" / "add-a-framework.md"
# The module that the guide shows.
plug = guide.read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]

recipe = """
import os
import signal

import forge.frameworks.anvil

import anvil

at_import = list(anvil.Ingot([0]).struck().weights)

def train(ctx):
    state = ctx.resume()
    ingot, step = (state["ingot"], state["step"]) if state else (anvil.Ingot([0, 1]), 0)
    ctx.restore_random(state)
    ctx.try_saving(lambda: {"ingot": ingot})
    while step < 6:
        ingot, step = ingot.struck(), step + 1
        ctx.checkpoint({"ingot": ingot, "step": step}, step)
        if step == killed_after and state is None:
            os.kill(os.getpid(), signal.SIGKILL)
    ctx.save_final(step, {"ingot": ingot})
    drawn = (at_import, list(ingot.weights), anvil.threads)
    (ctx.output / "model.txt").write_text(repr(drawn))
"""


@pytest.fixture
def workspace(tmp_path: Path) -> BoxedTrial:
    return workspace_in(tmp_path)


def workspace_in(folder: Path) -> BoxedTrial:
    trial = BoxedTrial(folder)
    trial.declare("libs/python/anvil/__init__.py", library)
    trial.declare("libs/python/forge/frameworks/anvil.py", plug)
    return trial


def train(trial: BoxedTrial, killed_after: int = 0) -> dict[str, bytes]:
    run = trial.run(f"killed_after = {killed_after}\n{recipe}")
    assert run.printed == ""
    assert run.status == (-9 if killed_after else 0), run.events
    output = trial.folder / "run" / "output"
    return {str(file.relative_to(output)): file.read_bytes() for file in output.rglob("*.*")}


def test_its_killed_training_ends_with_the_bytes_of_an_unbroken_one(tmp_path: Path) -> None:
    unbroken = train(workspace_in(tmp_path / "unbroken"))
    assert b"'1')" in unbroken["model.txt"]
    assert b'{"$ingot":"ingot"}' in unbroken["state/state.json"]
    trial = workspace_in(tmp_path / "killed")
    assert not train(trial, killed_after=3)
    assert train(trial) == unbroken


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        ("OutOfHeat('glows no more')", "out-of-memory", "out of memory: glows no more"),
        ("WrongMould('of a horseshoe')", "error", "could not continue from the checkpoint"),
    ],
)
def test_its_errors_mean_to_a_run_what_it_says(
    workspace: BoxedTrial, error: str, kind: str, message: str
) -> None:
    assert not train(workspace, killed_after=3)
    run = workspace.run(
        "import forge.frameworks.anvil\nimport anvil\n"
        f"def train(ctx):\n    ctx.resume()\n    raise anvil.{error}\n"
    )
    assert run.failed["kind"] == kind
    assert message in run.failed["message"]


def test_a_leaf_that_no_framework_knows_is_refused_with_the_way_to_make_it_known(
    workspace: BoxedTrial,
) -> None:
    run = workspace.run(
        "import anvil\ndef train(ctx):\n    ctx.checkpoint({'model': [anvil.Ingot([0])]}, 1)\n"
    )
    assert "model.0 is a Ingot" in run.failed["message"]
    assert "blacksmith.training.frameworks.register" in run.failed["message"]


def test_a_checkpoint_of_a_framework_that_is_gone_is_passed_over(workspace: BoxedTrial) -> None:
    assert not train(workspace, killed_after=3)
    run = workspace.run("def train(ctx):\n    assert ctx.resume() is None\n")
    assert run.status == 0
    assert any("values of the kind ingot" in warning for warning in run.warnings)


def test_a_package_that_has_read_its_variables_is_registered_too_late(
    workspace: BoxedTrial,
) -> None:
    run = workspace.run("import anvil\nimport forge.frameworks.anvil\ndef train(ctx): ...\n")
    assert "anvil is imported before it is registered" in run.failed["message"]


def test_what_a_recipe_draws_early_or_imports_late_follows_from_the_seed(
    workspace: BoxedTrial,
) -> None:
    draws = (
        "import random\nimport forge.frameworks.anvil\nearly = random.random()\n"
        "def train(ctx):\n"
        "    import anvil, numpy\n"
        "    late = anvil.Ingot([0]).struck().weights\n"
        "    ctx.warn(repr((early, numpy.random.random(), late)))\n"
    )
    first, second = (workspace.run(draws) for _ in range(2))
    assert first.printed == ""
    assert first.warnings == second.warnings != []


def test_a_run_loads_no_framework_that_its_recipe_does_not_and_names_none_itself(
    workspace: BoxedTrial,
) -> None:
    loaded = "import sys\ndef train(ctx): ctx.warn(' '.join(sys.modules))\n"
    modules = set(workspace.run(loaded).warnings[0].split())
    packages = {package for framework in table.known() for package in framework.packages}
    assert not modules & packages
    core = Path(__file__).parents[1]
    files = [core / f"{name.rpartition('.')[2]}.py" for name in modules if name.count(".") == 2]
    sources = [file.read_text(encoding="utf-8") for file in files if file.is_file()]
    assert len(sources) > 20
    assert not packages & {word for source in sources for word in words_of(source)}


def words_of(source: str) -> Iterator[str]:
    """What a module imports, its names and its whole strings; no comment."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.alias(name=name) | ast.ImportFrom(module=str(name)):
                yield name.partition(".")[0]
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str(name)):
                yield name


class Forge(Framework):
    """Calls its leaves what numpy's are called, or what no framework's are."""

    packages = ("pathlib",)

    def to_raw(self, value: object, path: str) -> Leaf | None:
        return Leaf("tuple", Raw("U8", (1,), memoryview(b"x"))) if value is Forge else None


def test_kinds_of_leaves_belong_to_one_framework_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "_table", dict(table._table))
    register(Forge())
    with pytest.raises(TypeError, match="of the kind tuple, which no framework may restore"):
        encode({"it": Forge})
    monkeypatch.setattr(Forge, "kinds", ("scalar",))
    with pytest.raises(ValueError, match="kind scalar belong to numpy"):
        register(Forge())
