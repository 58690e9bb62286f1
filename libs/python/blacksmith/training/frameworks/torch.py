"""torch: tensors, generators of the host and of each GPU."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blacksmith.training.failure import first_line, text_of
from blacksmith.training.frameworks.framework import Framework, State
from blacksmith.training.frameworks.leaf import Leaf, code_of, dtype_names
from blacksmith.training.request import Device
from blacksmith.training.tensorfile import Raw

if TYPE_CHECKING:
    from blacksmith.training.performance.step_clock import StepClock


class Torch(Framework):
    """Tensors come back on the CPU."""

    packages = ("torch",)
    loggers = ("torch",)
    kinds = ("torch",)

    def before_import(self, device: Device) -> None:
        """What cuBLAS needs for deterministic algorithms (docs.nvidia.com/cuda/cublas)."""
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

    def seed(self, seed: int, device: Device) -> None:
        """Deterministic algorithms; numbers below the least normal one are taken for zero (also by
        all else that this thread calculates).

        Before torch first computes: its threads take the arithmetic over from their starter.
        """
        import torch

        torch.manual_seed(seed)
        torch.set_num_threads(device.threads)
        # Some CUDA kernels have no deterministic form; there, a warning has to do.
        torch.use_deterministic_algorithms(True, warn_only=device.kind != "cpu")
        # Filling fresh memory with NaN helps to find bugs; it only costs time here.
        filling: Any = torch.utils.deterministic
        filling.fill_uninitialized_memory = False
        torch.backends.cudnn.benchmark = False
        # Adam's mean of gradients that have ceased (a dead unit's, a grid's thin air) sinks below
        # the least normal number, and there a CPU calculates ten times as slowly. XLA flushes too.
        torch.set_flush_denormal(True)

    def random_state(self) -> State:
        """Of the host, and of the GPUs once one has been used."""
        import torch

        state: State = {"torch": torch.get_rng_state()}
        if torch.cuda.is_available() and torch.cuda.is_initialized():
            state["cuda"] = torch.cuda.get_rng_state_all()
        return state

    def restore_random_state(self, state: State) -> None:
        """The inverse, where there are as many GPUs."""
        if "torch" not in state:
            return
        import torch

        torch.set_rng_state(state["torch"])
        if "cuda" in state and len(state["cuda"]) == torch.cuda.device_count():
            torch.cuda.set_rng_state_all(state["cuda"])

    def to_raw(self, value: Any, path: str) -> Leaf | None:
        import torch

        if not isinstance(value, torch.Tensor):
            return None
        code = code_of(str(value.dtype).removeprefix("torch."), path)
        # view(uint8), since numpy has no bfloat16; reshape, since a scalar has no last axis
        flat = value.detach().cpu().contiguous().reshape(-1)
        data: Any = flat.view(torch.uint8).numpy()
        return Leaf("torch", Raw(code, tuple(value.shape), memoryview(data)))

    def from_raw(self, leaf: Leaf) -> Any:
        import torch

        dtype = getattr(torch, dtype_names[leaf.raw.dtype])
        if not leaf.raw.nbytes:
            return torch.empty(leaf.raw.shape, dtype=dtype)
        return torch.frombuffer(bytearray(leaf.raw.data), dtype=dtype).reshape(leaf.raw.shape)

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Of a device, or a plain RuntimeError of the host's allocator."""
        import torch

        return isinstance(error, torch.OutOfMemoryError) or (
            isinstance(error, RuntimeError) and "can't allocate memory" in text_of(error)
        )

    def is_lost_peer(self, error: BaseException) -> bool:
        """Gloo raises RuntimeErrors, known by their text alone."""
        import torch.distributed as dist

        lost = getattr(dist, "DistError", ())
        return isinstance(error, lost) or (
            isinstance(error, RuntimeError) and "gloo" in text_of(error).lower()
        )

    def is_misfit(self, error: Exception) -> bool:
        """`Error(s) in loading state_dict for …`."""
        return type(error) is RuntimeError and "state_dict" in first_line(error)

    def watch_steps(self, clock: StepClock, device: Device) -> Callable[[], None]:
        """Not of lazy devices, where a step runs when it is asked for its end."""
        if device.kind == "tt":
            return lambda: None
        from blacksmith.training.performance.torch_steps import watch_steps

        return watch_steps(clock)

    def device_name(self, device: Device) -> str | None:
        import torch

        return torch.cuda.get_device_name() if device.kind == "gpu" else None

    def peak_memory(self, device: Device) -> int | None:
        """Of tensors, on the GPU that is in use."""
        import torch

        return torch.cuda.max_memory_allocated() if device.kind == "gpu" else None

    def start_trace(self, file: Path) -> Callable[[], None] | None:
        from blacksmith.training.performance.torch_steps import start_trace

        return start_trace(file)
