"""The device of a run for JAX."""

from __future__ import annotations

import jax

from blacksmith.training.failure import BadInput
from blacksmith.training.request import Device


def device_of(device: Device) -> jax.Device:
    """The first of the leased devices. Raises BadInput when JAX cannot see such a device."""
    try:
        # JAX calls its platforms as we call kinds; tt registers itself through its PJRT plugin.
        found = jax.devices(device.kind)
    except RuntimeError as error:
        raise BadInput(
            f"jax {jax.__version__} sees no {device.kind} device: {str(error).splitlines()[0]}",
            remedy="the environment must hold the device's PJRT plugin"
            f" (requirements/jax-{'cuda' if device.kind == 'gpu' else device.kind}.txt)",
        ) from None
    return found[0]


def has_loops(device: Device) -> bool:
    """Whether its compiler knows loops (`stablehlo.while`): that of tt does not."""
    return device.kind != "tt"
