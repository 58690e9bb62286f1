"""Defaults out of an experiment's schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from blacksmith.training.default_parameters import default_parameters, layered_parameters

_sizes = {"type": "object", "properties": {"width": {"default": 4}, "depth": {"default": 1}}}
_schema = {
    "properties": {
        "description": {"type": "string"},
        "dataset": {"properties": {"name": {"type": "string"}}, "required": ["name"]},
        "model": {
            "properties": {
                "sizes": _sizes,
                "base": {"default": None, "anyOf": [_sizes, {"type": "null"}]},
                "shares": {"default": {"a": 1}, "additionalProperties": {"type": "number"}},
            }
        },
        "training": {"properties": {"epochs": {"default": 3}, "rates": {"default": [1, 2]}}},
        "acceptance": {"default": {}},
    }
}


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """Of an experiment in a workspace."""
    experiment = tmp_path / "research" / "plain" / "one"
    schema = tmp_path / "schemas" / "plain-one" / "experiment.json"
    for folder in (experiment, schema.parent):
        folder.mkdir(parents=True)
    schema.write_text(json.dumps(_schema))
    return experiment / "recipe.py"


def test_what_is_not_given_is_as_by_default(recipe: Path) -> None:
    given = {"dataset": {"name": "x"}, "model": {"sizes": {"depth": 2}}, "training": {"epochs": 5}}
    assert default_parameters(recipe, given) == {
        "dataset": {"name": "x"},
        "model": {"sizes": {"width": 4, "depth": 2}, "base": None, "shares": {"a": 1}},
        "training": {"epochs": 5, "rates": [1, 2]},
    }


def test_a_mapping_that_may_be_null_has_defaults_once_it_is_given(recipe: Path) -> None:
    found = default_parameters(recipe, {"model": {"base": {"width": 9}, "shares": {"b": 2}}})
    assert found["model"]["base"] == {"width": 9, "depth": 1}
    assert found["model"]["shares"] == {"b": 2}
    assert found["dataset"] == {}  # its name has no default


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"training": {"epoch": 5}}, "training.epoch is no parameter"),
        ({"model": {"sizes": {"high": 5}}}, "model.sizes.high is no parameter"),
        ({"acceptance": {"accuracy": {}}}, "acceptance is no section"),
        ({"evaluation": {}}, "evaluation is no section"),
    ],
)
def test_what_is_no_parameter_is_refused(
    recipe: Path, given: dict[str, dict[str, Any]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        default_parameters(recipe, given)


def test_without_a_schema_it_says_how_one_is_made(recipe: Path) -> None:
    other = recipe.parent.parent / "two" / "recipe.py"
    with pytest.raises(FileNotFoundError, match=r"schemas/plain-two.*npx blacksmith schemas"):
        default_parameters(other, {})


def test_layers_are_laid_over_the_experiment_in_turn_and_defaults_below_all(recipe: Path) -> None:
    (recipe.parent / "experiment.yaml").write_text(
        "description: mine\ndataset: { name: x }\nmodel: { sizes: { width: 8, depth: 2 } }\n"
        "acceptance: { accuracy: 1 }\n"
    )
    (recipe.parent / "one.yaml").write_text("model: { sizes: { depth: 3 } }\n")
    (recipe.parent / "two.yaml").write_text("model: { sizes: { depth: 4 } }\n")
    found = layered_parameters(recipe, "one.yaml", "two.yaml")
    assert found["model"]["sizes"] == {"width": 8, "depth": 4}
    assert found["training"]["epochs"] == 3
    assert list(found) == ["dataset", "model", "training"]
