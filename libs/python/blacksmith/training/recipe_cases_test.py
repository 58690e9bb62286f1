"""The cases of every recipe, held against recipes that break one each."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from blacksmith.training.context import Context
from blacksmith.training.recipe_cases import RecipeCases

Cases = Callable[..., RecipeCases]


@pytest.fixture
def cases(tmp_path: Path) -> Cases:
    """The cases of a recipe of four steps, each of which adds a number to its model."""
    schema = tmp_path / "schemas" / "plain-one" / "experiment.json"
    schema.parent.mkdir(parents=True)
    properties = {"training": {"properties": {"steps": {"default": 4}}}}
    schema.write_text(json.dumps({"properties": properties}))

    def made(number: Callable[[int], int], *, forgets: bool = False) -> RecipeCases:
        def train(ctx: Context) -> None:
            state = ctx.resume(at_most=ctx.config.training.steps) or {"step": 0, "total": 0}
            step, total = state["step"], 0 if forgets else state["total"]
            while step < ctx.config.training.steps:
                step, total = step + 1, total + number(ctx.seed)
                ctx.log({"loss": total}, step)
                now = {"step": step, "total": total}
                ctx.checkpoint_when_due(step, partial(dict, now))
            (ctx.output / "model.safetensors").write_text(str(total))

        file = tmp_path / "experiments" / "plain" / "one" / "recipe.py"

        class Made(RecipeCases):
            recipe = SimpleNamespace(__file__=str(file), train=train)

        return Made()

    return made


def checks(cases: RecipeCases, folder: Path) -> dict[str, Callable[[], Any]]:
    """The cases by what they hold a recipe to."""
    straight = cases.train(folder, folder / "straight")
    return {
        "same": lambda: cases.test_the_same_seed_gives_the_same_bytes(
            folder, straight, folder / "same"
        ),
        "other": lambda: cases.test_another_seed_gives_other_bytes(
            folder, straight, folder / "other"
        ),
        "stopped": lambda: cases.test_a_stopped_run_continues_to_the_same_bytes(
            folder, straight, folder / "stopped", 2
        ),
    }


def test_a_recipe_that_does_as_it_must_passes(cases: Cases, tmp_path: Path) -> None:
    for check in checks(cases(lambda seed: seed + 1), tmp_path).values():
        check()


def test_one_that_makes_other_bytes_each_time_is_told_the_files(
    cases: Cases, tmp_path: Path
) -> None:
    numbers = iter(range(100))
    with pytest.raises(AssertionError, match=r"other bytes in model\.safetensors"):
        checks(cases(lambda seed: next(numbers)), tmp_path)["same"]()


def test_one_that_takes_no_notice_of_the_seed_is_found(cases: Cases, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="the seed changes nothing"):
        checks(cases(lambda seed: 1), tmp_path)["other"]()


def test_one_that_forgets_what_it_had_when_it_was_stopped_is_found(
    cases: Cases, tmp_path: Path
) -> None:
    with pytest.raises(AssertionError, match="other bytes"):
        checks(cases(lambda seed: seed + 1, forgets=True), tmp_path)["stopped"]()
