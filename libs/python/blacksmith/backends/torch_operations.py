"""The ATen operations that a torch recipe calls; what torch_xla would get of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode

from blacksmith.backends.tt_operations import Operations

_kinds = {
    torch.float32: "f32",
    torch.bfloat16: "bf16",
    torch.float64: "f64",
    torch.int64: "i64",
    torch.int32: "i32",
    torch.uint8: "u8",
    torch.bool: "i1",
}
# These compute nothing: they end in no operation of the device.
_silent = re.compile(
    r"aten\.(detach|alias|lift_fresh|_local_scalar_dense|(new_)?empty\w*|set_)(\.|$)"
)


@contextmanager
def aten_operations() -> Iterator[Operations]:
    """Counts what is called meanwhile, forward and backward, also in threads of the backward."""
    recorder_of_torch: Callable[[], _Recorder] = _Recorder  # torch gives its constructor no types
    recorder = recorder_of_torch()
    recorder.found = Counter()
    # torch_xla has no attention kernel of its own: it gets the products that attention is made of.
    with sdpa_kernel(SDPBackend.MATH), recorder:
        yield recorder.found


class _Recorder(TorchDispatchMode):
    found: Operations

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        result = function(*args, **(kwargs or {}))
        name = str(function).removesuffix(".default")
        if name.startswith("aten.") and not _silent.match(name):
            inputs = " ".join(_type_of(each) for each in _tensors((args, kwargs)))
            outputs = " ".join(_type_of(each) for each in _tensors(result))
            # In place or not is one to a device that collects operations and runs them later.
            packet, _, overload = name.removeprefix("aten.").partition(".")
            plain = packet.rstrip("_") if not packet.endswith("__") else packet
            full = ".".join(("aten", plain, *([overload] if overload else [])))
            self.found[f"{full} {inputs} -> {outputs}".replace("  ", " ")] += 1
        return result


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [each for inner in value for each in _tensors(inner)]
    return []


def _type_of(tensor: Tensor) -> str:
    kind = _kinds.get(tensor.dtype, str(tensor.dtype).removeprefix("torch."))
    return f"{kind}[{','.join(map(str, tensor.shape))}]"
