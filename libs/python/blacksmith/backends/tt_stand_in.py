"""Stands in for torch_xla and the compiler of TT in tests: notes calls, computes on the CPU."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType
from typing import Any, cast

import pytest
import torch
from torch._dynamo import register_backend
from torch._dynamo.backends import registry
from torch._dynamo.backends.common import aot_autograd
from torch._functorch._aot_autograd.utils import make_boxed_func


@dataclass
class TTCalls:
    """What was asked of the stand-in."""

    # Of torch_xla, in order: `type TT`, `device`, `sync`.
    runtime: list[str] = field(default_factory=list)
    # Shapes of the integer inputs (token numbers) of each forward graph that was compiled.
    compiled: list[list[tuple[int, ...]]] = field(default_factory=list)


@contextmanager
def stand_in_for_tt() -> Iterator[TTCalls]:
    """A torch_xla with the few functions that we call, and a compile backend named `tt`."""
    calls = TTCalls()
    torch_xla, runtime = ModuleType("torch_xla"), ModuleType("torch_xla.runtime")

    def device() -> torch.device:
        calls.runtime.append("device")
        return torch.device("cpu")

    sync = partial(calls.runtime.append, "sync")
    vars(torch_xla).update(device=device, sync=sync, runtime=runtime)
    vars(runtime).update(set_device_type=lambda kind: calls.runtime.append(f"type {kind}"))

    def forward(graph: torch.fx.GraphModule, inputs: list[Any]) -> Any:
        integers = [each for each in inputs if getattr(each, "dtype", None) == torch.int64]
        calls.compiled.append([tuple(each.shape) for each in integers])
        return make_boxed_func(graph.forward)

    def backward(graph: torch.fx.GraphModule, _: list[Any]) -> Any:
        return make_boxed_func(graph.forward)

    compile_both = aot_autograd(fw_compiler=forward, bw_compiler=backward)

    def backend(graph: torch.fx.GraphModule, inputs: list[Any], options: dict[str, bool]) -> Any:
        # Without it the real one computes forward only.
        assert options == {"tt_legacy_compile": True}
        return compile_both(graph, inputs)

    register_backend(cast(Any, backend), name="tt")
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(sys.modules, "torch_xla", torch_xla)
            patch.setitem(sys.modules, "torch_xla.runtime", runtime)
            patch.setenv("PJRT_DEVICE", "CPU")
            yield calls
    finally:
        for known in (registry._BACKENDS, registry._COMPILER_FNS):
            known.pop("tt")
        torch._dynamo.reset()
