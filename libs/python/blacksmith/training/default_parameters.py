"""The parameters of an experiment as they are when nobody sets any, for the tests of its recipe."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

# The sections of parameters; thresholds are none.
_sections = ("dataset", "model", "training", "evaluation")


def default_parameters(recipe: Path, given: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What `given` says, by section, and the experiment's defaults for all else.

    The defaults are those of its schema, which `npx blacksmith schemas` makes out of config.ts.
    What has none, and is not given, is left out. Raises ValueError for what is no parameter.
    """
    schema = _schema_of(recipe)["properties"]
    for section in given:
        if section not in _sections or section not in schema:
            raise ValueError(f"{section} is no section of this experiment's parameters")
    return {
        section: _filled(schema[section], dict(given.get(section, {})), section)
        for section in _sections
        if section in schema
    }


def layered_parameters(recipe: Path, *overlays: str) -> dict[str, Any]:
    """Of a run: defaults, experiment.yaml, and overlays such as `devices/gpu.yaml` in turn."""
    given: dict[str, Any] = {}
    for file in ("experiment.yaml", *overlays):
        layer = yaml.safe_load((recipe.parent / file).read_text(encoding="utf-8"))
        given = merged(given, {name: layer[name] for name in _sections if name in layer})
    return default_parameters(recipe, given)


def merged(one: Any, other: Any) -> Any:
    """`one` with all that `other` says, mapping by mapping."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return other
    return {**one, **{name: merged(one.get(name), value) for name, value in other.items()}}


def _schema_of(recipe: Path) -> dict[str, Any]:
    experiment = recipe.resolve().parent
    name = Path("schemas", f"{experiment.parent.name}-{experiment.name}", "experiment.json")
    for folder in experiment.parents:
        if (folder / name).is_file():
            schema: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
            return schema
    raise FileNotFoundError(f"there is no {name}: make it with npx blacksmith schemas")


def _filled(schema: Mapping[str, Any], value: Any, path: str) -> Any:
    """`value`, with the defaults of the mapping that it is."""
    if not isinstance(value, dict):
        return value
    for option in schema.get("anyOf", ()):
        if "properties" in option:  # a mapping or null, say
            schema = option
    properties = schema.get("properties")
    if properties is None:
        return value
    for key in value:
        if key not in properties:
            raise ValueError(f"{path}.{key} is no parameter of this experiment")
    filled = {}
    for key, inner in properties.items():
        if key in value:
            filled[key] = _filled(inner, value[key], f"{path}.{key}")
        elif "default" in inner:
            filled[key] = _filled(inner, inner["default"], f"{path}.{key}")
        elif "properties" in inner and not inner.get("required"):
            filled[key] = _filled(inner, {}, f"{path}.{key}")
    return filled
