"""One leaf of a tree of JAX as files hold it, and back: of the same kind, type and bytes."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from blacksmith.training.codec import Marked
from blacksmith.training.failure import BadInput

_key_of = "key of "


def pack(leaf: Any) -> Any:
    """A JAX array as numpy's; with a mark whatever would not come back from that as what it was."""
    if isinstance(leaf, np.ndarray):
        return Marked("numpy", leaf)
    if not isinstance(leaf, jax.Array):
        return leaf
    if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        kind = f"{_key_of}{jax.random.key_impl(leaf)}"
        return Marked(kind, np.asarray(jax.random.key_data(leaf)))
    # Its type gives way to that of what it meets: the next step would calculate otherwise.
    return Marked("weak", np.asarray(leaf)) if leaf.weak_type else np.asarray(leaf)


def unpack(packed: Any) -> Any:
    """The inverse of `pack`. Raises BadInput for 64 bits where JAX is set to 32."""
    if isinstance(packed, np.ndarray):
        return _on_device(packed)
    if not isinstance(packed, Marked):
        return packed
    if packed.kind == "numpy":
        return packed.value
    array = _on_device(packed.value)
    if packed.kind == "weak":
        return jnp.full(array.shape, _zero_of(array.dtype)).at[...].set(array)
    return jax.random.wrap_key_data(array, impl=packed.kind.removeprefix(_key_of))


def _zero_of(dtype: Any) -> complex | float | int:
    return {"i": 0, "f": 0.0, "c": 0j}[np.dtype(dtype).kind]


def _on_device(array: Any) -> jax.Array:
    kept = jax.dtypes.canonicalize_dtype(array.dtype)
    if kept != array.dtype:
        raise BadInput(
            f"an array of {array.dtype} is to be loaded, and JAX is set to {kept}",
            remedy='call jax.config.update("jax_enable_x64", True) as the training did',
        )
    return jnp.asarray(array)
