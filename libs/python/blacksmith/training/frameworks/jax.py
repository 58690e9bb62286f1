"""JAX: arrays, which come back as numpy's; its generators are explicit."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from shutil import move
from typing import Any

from blacksmith.training.failure import text_of
from blacksmith.training.frameworks.framework import Framework
from blacksmith.training.frameworks.leaf import Leaf
from blacksmith.training.frameworks.numpy import numpy_leaf
from blacksmith.training.request import Device


class Jax(Framework):
    """`capture` of jax_state keeps of its arrays what numpy's cannot say."""

    packages = ("jax",)
    loggers = ("jax", "absl")

    def before_import(self, device: Device) -> None:
        """32 bits, and a pool of XLA's threads of the size that was leased."""
        os.environ["JAX_ENABLE_X64"] = "0"
        sets_of_cores = device.count if device.kind == "cpu" else 1
        os.environ["NPROC"] = str(device.threads * sets_of_cores)
        if sets_of_cores > 1:
            os.environ["PJRT_NPROC"] = os.environ["NPROC"]
            os.environ["JAX_NUM_CPU_DEVICES"] = str(sets_of_cores)
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

    def to_raw(self, value: Any, path: str) -> Leaf | None:
        import jax

        if not isinstance(value, jax.Array):
            return None
        return numpy_leaf("numpy", value.dtype.name, value, path)

    def is_out_of_memory(self, error: BaseException) -> bool:
        """XLA raises RuntimeErrors, known by their text alone."""
        return isinstance(error, RuntimeError) and "RESOURCE_EXHAUSTED" in text_of(error)

    def device_name(self, device: Device) -> str | None:
        import jax

        return str(jax.devices()[0].device_kind) if device.kind != "cpu" else None

    def peak_memory(self, device: Device) -> int | None:
        """Of the first device, where its runtime counts."""
        import jax

        stats = jax.devices()[0].memory_stats() if device.kind != "cpu" else None
        return stats.get("peak_bytes_in_use") if stats else None

    def start_trace(self, file: Path) -> Callable[[], None] | None:
        """JAX writes a folder of files, of which one is for Perfetto."""
        import jax

        profiler: Any = jax.profiler
        folder = tempfile.TemporaryDirectory()
        profiler.start_trace(folder.name, create_perfetto_trace=True)

        def end() -> None:
            profiler.stop_trace()
            for trace in Path(folder.name).rglob("perfetto_trace.json.gz"):
                move(trace, file)
            folder.cleanup()

        return end
