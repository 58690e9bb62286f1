"""Operations of compiled programs."""

from __future__ import annotations

from typing import Any

import pytest

jax = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402

from blacksmith.training.jax_steps import counted, operations_of  # noqa: E402
from blacksmith.training.request import Device  # noqa: E402


def product(x: Any, y: Any) -> Any:
    return x @ y


def test_a_product_counts_as_xla_counts_it() -> None:
    arguments = jnp.ones((8, 16)), jnp.ones((16, 5))
    program = jax.jit(product)
    ours = operations_of(program.trace(*arguments).jaxpr)
    assert ours == {"float32": program.lower(*arguments).cost_analysis()["flops"]}


def test_a_convolution_counts_as_xla_counts_it() -> None:
    arguments = jnp.ones((2, 3, 9, 9)), jnp.ones((4, 3, 3, 3))
    program = jax.jit(lambda x, y: jax.lax.conv(x, y, (1, 1), "VALID"))
    ours = operations_of(program.trace(*arguments).jaxpr)
    assert ours == {"float32": program.lower(*arguments).cost_analysis()["flops"]}


def test_a_scan_counts_each_time_and_slopes_count_too() -> None:
    def loss(x: Any, layers: Any) -> Any:
        return jax.lax.scan(lambda at, layer: (jnp.tanh(at @ layer), None), x, layers)[0].sum()

    arguments = jnp.ones((8, 16)), jnp.ones((5, 16, 16))
    once = 2 * 8 * 16 * 16
    found = operations_of(jax.jit(jax.grad(loss, argnums=1)).trace(*arguments).jaxpr)
    assert found["float32"] == 3 * 5 * once


def test_of_branches_the_dearest_counts() -> None:
    program = jax.jit(lambda x: jax.lax.cond(x.sum() > 0, lambda y: y @ y, lambda y: y @ y @ y, x))
    found = operations_of(program.trace(jnp.ones((4, 4), jnp.bfloat16)).jaxpr)
    assert found == {"bfloat16": 2 * 2 * 4**3}


@pytest.mark.parametrize(("precision", "dtype"), [(None, "tf32"), ("highest", "float32")])
def test_products_of_float32_are_those_of_tf32_on_a_gpu_unless_more_is_asked_for(
    precision: Any, dtype: str
) -> None:
    program = jax.jit(lambda x: jax.lax.cond(x.sum() > 0, multiply, jnp.negative, x))

    def multiply(x: Any) -> Any:
        return jnp.matmul(x, x, precision=precision)

    found = operations_of(program.trace(jnp.ones((4, 4))).jaxpr, on_gpu=True)
    assert found == {dtype: 2 * 4**3}


def test_a_program_tells_once_what_one_step_of_it_takes() -> None:
    told: list[Any] = []

    class Listener:
        measurement: Any
        device: Device

    listener: Any = Listener()
    listener.measurement, listener.device = listener, Device()
    listener.counted = lambda operations, steps: told.append((operations, steps))
    program = counted(listener, jax.jit(product, donate_argnums=0), lambda x, y: len(x))
    arguments = jnp.ones((8, 16)), jnp.ones((16, 16))
    assert program(*arguments).shape == (8, 16)
    program(jnp.ones((8, 16)), arguments[1])
    assert told == [({"float32": 2 * 8 * 16 * 16}, 8)]
