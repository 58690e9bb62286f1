"""Counts the operations of a compiled step of a training with JAX."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar, cast

from blacksmith.training.context import Context

Function = TypeVar("Function", bound=Callable[..., Any])


def counted(ctx: Context[Any], compiled: Function, steps: Callable[..., int]) -> Function:
    """`compiled` itself, made by `jax.jit`; on its first call the operations in it are counted.

    `steps` says of the arguments of that call how many training steps it takes. The program is
    traced for that as it would be anyway, and runs as it would have.
    """
    program: Any = compiled
    told = False

    def first(*arguments: Any) -> Any:
        nonlocal told
        if not told:
            told = True
            on_gpu = ctx.device.kind == "gpu"
            found = operations_of(program.trace(*arguments).jaxpr, on_gpu=on_gpu)
            ctx.measurement.counted(found, steps(*arguments))
        return program(*arguments)

    return cast("Function", first)


def operations_of(program: Any, *, on_gpu: bool = False) -> Mapping[str, int]:
    """Multiplications and additions of its matrix products and convolutions, by their type.

    A scan counts by its length, a loop of unknown length once, of branches the dearest. XLA's own
    count takes the body of a scan once.
    """
    found: Counter[str] = Counter()
    for equation in getattr(program, "jaxpr", program).eqns:
        match equation.primitive.name:
            case "dot_general":
                found[_type_of(equation, on_gpu)] += _of_product(equation)
            case "conv_general_dilated":
                found[_type_of(equation, on_gpu)] += _of_convolution(equation)
            case "cond":
                branches = [
                    operations_of(branch, on_gpu=on_gpu) for branch in equation.params["branches"]
                ]
                found.update(max(branches, key=lambda each: sum(each.values())))
            case name:
                times = equation.params["length"] if name == "scan" else 1
                for inner in _programs_in(equation.params.values()):
                    for dtype, count in operations_of(inner, on_gpu=on_gpu).items():
                        found[dtype] += times * count
    return found


def _programs_in(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if hasattr(value, "eqns") or hasattr(value, "jaxpr"):
            yield value
        elif isinstance(value, tuple | list):
            yield from _programs_in(value)


def _of_product(equation: Any) -> int:
    (contracted, _), _ = equation.params["dimension_numbers"]
    shape = equation.invars[0].aval.shape
    inner = math.prod(shape[axis] for axis in contracted)
    return int(2 * inner * math.prod(equation.outvars[0].aval.shape))


def _of_convolution(equation: Any) -> int:
    kernel = equation.invars[1].aval.shape
    outputs = kernel[equation.params["dimension_numbers"].rhs_spec[0]]
    return int(2 * math.prod(kernel) // outputs * math.prod(equation.outvars[0].aval.shape))


def _type_of(equation: Any, on_gpu: bool) -> str:
    """In which it is done: float32 is tf32 on GPUs, where no other precision is asked for."""
    dtype = str(equation.invars[0].aval.dtype)
    precision = equation.params["precision"]
    asked = precision if isinstance(precision, tuple) else (precision,)
    usual = all(getattr(each, "name", each) in (None, "DEFAULT") for each in asked)
    return "tf32" if on_gpu and usual and dtype == "float32" else dtype
