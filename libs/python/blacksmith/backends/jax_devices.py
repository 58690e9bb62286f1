"""The device of a run for JAX."""

from __future__ import annotations

from typing import TypeVar

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from blacksmith.training.failure import BadInput
from blacksmith.training.request import Device

T = TypeVar("T")


class Devices:
    """The leased devices of a run, over which one process spreads each batch: data parallel.

    With one device nothing is spread. With several, what a compiled function is given says where
    it computes: arrays that are `copied` lie on each device, those that are `spread` in parts, and
    XLA adds up what the parts give.
    """

    def __init__(self, device: Device) -> None:
        self.count = device.count
        self.first, *_ = found = _devices_of(device)
        if len(found) < device.count:
            raise BadInput(
                f"jax {jax.__version__} sees {len(found)} of the {device.count} {device.kind}"
                " devices of this run",
                remedy="import nothing that starts JAX before the recipe",
            )
        self._mesh = Mesh(np.array(found[: device.count]), ("batch",))

    def copy(self, tree: T) -> T:
        """The arrays of `tree` on every device."""
        if self.count == 1:
            return tree
        copied: T = jax.device_put(tree, NamedSharding(self._mesh, PartitionSpec()))
        return copied

    def spread(self, batches: jax.Array, axis: int) -> jax.Array:
        """An array of which each device has a part, along the axis that counts a batch's items; on
        every device as a whole where it cannot be cut evenly, as an epoch's last batch.
        """
        if self.count == 1:
            return batches
        if batches.shape[axis] % self.count:
            return self.copy(batches)
        place = PartitionSpec(*[None] * axis, "batch")
        return jax.device_put(batches, NamedSharding(self._mesh, place))


def device_of(device: Device) -> jax.Device:
    """The first of the leased devices. Raises BadInput when JAX cannot see such a device."""
    return _devices_of(device)[0]


def _devices_of(device: Device) -> list[jax.Device]:
    try:
        # JAX calls its platforms as we call kinds; tt registers itself through its PJRT plugin.
        return list(jax.devices(device.kind))
    except RuntimeError as error:
        raise BadInput(
            f"jax {jax.__version__} sees no {device.kind} device: {str(error).splitlines()[0]}",
            remedy="the environment must hold the device's PJRT plugin"
            f" (requirements/jax-{'cuda' if device.kind == 'gpu' else device.kind}.txt)",
        ) from None


def has_loops(device: Device) -> bool:
    """Whether its compiler knows loops (`stablehlo.while`): that of tt does not."""
    return device.kind != "tt"
