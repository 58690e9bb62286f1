"""The tt backend for JAX, against a stand-in that registers a CPU client under the name tt."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

jax = pytest.importorskip("jax")

from blacksmith.backends.jax_devices import device_of  # noqa: E402
from blacksmith.training.failure import BadInput  # noqa: E402
from blacksmith.training.request import Device  # noqa: E402


@pytest.fixture
def tt_plugin() -> Iterator[None]:
    from jax._src import xla_bridge
    from jax.extend.backend import clear_backends

    xla_bridge.register_backend_factory("tt", lambda: xla_bridge.make_cpu_client(), priority=0)
    clear_backends()
    yield
    del xla_bridge._backend_factories["tt"]
    clear_backends()


def test_without_the_plugin_the_message_names_the_remedy() -> None:
    with pytest.raises(BadInput, match="sees no tt device") as caught:
        device_of(Device(kind="tt"))
    assert "jax-tt.txt" in (caught.value.remedy or "")


@pytest.mark.usefixtures("tt_plugin")
def test_a_computation_runs_on_the_device_that_the_plugin_registers() -> None:
    device = device_of(Device(kind="tt"))
    assert device in jax.devices("tt")
    with jax.default_device(device):
        doubled = jax.jit(lambda x: x * 2)(jax.numpy.ones(3))
    assert doubled.devices() == {device}
    assert doubled.tolist() == [2, 2, 2]


def test_the_cpu_is_always_there() -> None:
    assert device_of(Device(kind="cpu")).platform == "cpu"
