"""The steps of a training with torch: hooks of its optimizers, and what it counts and traces."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook
from torch.utils import flop_counter
from torch.utils._python_dispatch import TorchDispatchMode

from blacksmith.training.performance.step_clock import StepClock

_attention = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
_attention_backward = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward


def watch_steps(clock: StepClock) -> Callable[[], None]:
    """Tells `clock` of every optimizer's steps and of backward passes; returns what ends that."""
    backward = torch.autograd.backward

    def timed_backward(*arguments: Any, **options: Any) -> None:
        clock.backward_began()
        backward(*arguments, **options)
        clock.backward_ended()

    clock.wait, clock.counter = _wait, _Operations()
    hook = register_optimizer_step_post_hook(lambda *_: clock.step_ended())
    torch.autograd.backward = timed_backward

    def end() -> None:
        torch.autograd.backward = backward
        hook.remove()

    return end


def start_trace(file: Path) -> Callable[[], None]:
    """Traces from here on; what is returned ends that and writes `file`."""
    activities = [torch.profiler.ProfilerActivity.CPU]
    if torch.cuda.is_initialized():
        activities.append(torch.profiler.ProfilerActivity.CUDA)
    profiler = torch.profiler.profile(activities=activities)
    profiler.start()

    def end() -> None:
        _wait()
        profiler.stop()
        profiler.export_chrome_trace(str(file))

    return end


def _wait() -> None:
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()


class _Operations:
    """Counts with torch's own formulas: of matrix products, convolutions and attention.

    Each operation runs as it would have. FlopCounterMode takes some apart to look into them, which
    may round otherwise.
    """

    def __init__(self) -> None:
        members = {
            "__torch_dispatch__": lambda _, *operation: self._see(*operation),
            # What is compiled stays so: otherwise it would run without the compiler meanwhile.
            "ignore_compile_internals": classmethod(lambda _: True),
        }
        # Told of each operation. Made here, since type checkers that have no torch know no base.
        self._mode: Any = type("Operations", (TorchDispatchMode,), members)()
        self._formulas = {
            _attention: _of_attention,
            _attention_backward: _of_attention_backward,
            **flop_counter.flop_registry,
        }
        self._found: Counter[str] = Counter()
        self._compiled_before = _compiled()

    def start(self) -> None:
        self._found = Counter()
        self._mode.__enter__()

    def stop(self) -> dict[str, int] | None:
        """None where the compiler has made programs, whose inside is not seen here."""
        self._mode.__exit__(None, None, None)
        return None if _compiled() > self._compiled_before else dict(self._found)

    def _see(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        formula = self._formulas.get(getattr(func, "_overloadpacket", None))
        if formula is not None:
            self._found[_type_of(func, args)] += formula(*args, **kwargs, out_val=out)
        return out


def _type_of(func: Any, args: Any) -> str:
    """In which an operation is done: float32 on the GPU may be tf32."""
    tensor = next(each for each in args if isinstance(each, torch.Tensor))
    if tensor.dtype is torch.float32 and tensor.is_cuda:
        convolution = "convolution" in func.name()
        backend: Any = torch.backends.cudnn if convolution else torch.backends.cuda.matmul
        if backend.allow_tf32:
            return "tf32"
    return str(tensor.dtype).removeprefix("torch.")


def _of_attention(query: Any, key: Any, value: Any, *_: Any, **options: Any) -> int:
    return int(flop_counter.sdpa_flop_count(query.shape, key.shape, value.shape))


def _of_attention_backward(
    slopes: Any, query: Any, key: Any, value: Any, *_: Any, **options: Any
) -> int:
    shapes = (each.shape for each in (slopes, query, key, value))
    return int(flop_counter.sdpa_backward_flop_count(*shapes))


def _compiled() -> int:
    """How many programs torch.compile has made in this process."""
    dynamo: Any = sys.modules.get("torch._dynamo.utils")
    return 0 if dynamo is None else int(dynamo.counters["stats"]["unique_graphs"])
