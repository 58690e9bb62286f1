"""The StableHLO operations that a JAX function becomes for tt; needs no device of that kind."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import Any

from jax.stages import Wrapped

from blacksmith.backends.tt_operations import Operations

# Of these, tt's compiler asks what they do inside.
_with_bodies = ("stablehlo.reduce", "stablehlo.reduce_window")


def stablehlo_operations(function: Wrapped, *arguments: Any) -> Operations:
    """Operations of a jitted function, called with these; what it calls counts as often as it is
    written down, not as it is called.

    The name of a reduction has what it reduces by, that of a gather or scatter `-batched` where it
    has batching dimensions: the compiler knows only some of these.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Some donated buffers were not usable")
        lowered = function.trace(*arguments).lower(lowering_platforms=("tt",))
    found: Operations = Counter()
    _count(lowered.compiler_ir("stablehlo").operation, found)
    return found


def _count(operation: Any, found: Operations) -> None:
    name = str(operation.name)
    if name.startswith(("stablehlo.", "chlo.")) and name != "stablehlo.return":
        inputs = " ".join(_type_of(value) for value in operation.operands)
        outputs = " ".join(_type_of(value) for value in operation.results)
        found[f"{_precise(name, operation)} {inputs} -> {outputs}".replace("  ", " ")] += 1
    if name not in _with_bodies:
        for region in operation.regions:
            for block in region:
                for inner in block:
                    _count(inner.operation, found)


def _precise(name: str, operation: Any) -> str:
    if name in _with_bodies:
        inside = [str(each.operation.name) for each in operation.regions[0].blocks[0]]
        if len(inside) == 2:
            return f"{name}-{inside[0].removeprefix('stablehlo.')}"
        return f"{name}-of-{len(operation.results)}"
    if name in ("stablehlo.gather", "stablehlo.scatter"):
        numbers = "dimension_numbers" if name.endswith("gather") else "scatter_dimension_numbers"
        batched = "batching_dims" in str(operation.attributes[numbers])
        return f"{name}-batched" if batched else name
    return name


def _type_of(value: Any) -> str:
    """`tensor<4x3xf32>` as f32[4,3]."""
    *shape, kind = str(value.type).removeprefix("tensor<").removesuffix(">").split("x")
    return f"{kind}[{','.join(shape)}]"
