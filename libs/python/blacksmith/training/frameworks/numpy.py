"""numpy: arrays and scalars, one global generator."""

from __future__ import annotations

from typing import Any

from blacksmith.training.frameworks.framework import Framework, State
from blacksmith.training.frameworks.leaf import Leaf, code_of, dtype_names
from blacksmith.training.request import Device
from blacksmith.training.tensorfile import Raw


class Numpy(Framework):
    """Its arrays, and those of whatever comes back as numpy's."""

    packages = ("numpy",)
    kinds = ("numpy", "scalar")

    def seed(self, seed: int, device: Device) -> None:
        import numpy

        numpy.random.seed(seed % 2**32)

    def random_state(self) -> State:
        import numpy

        return {"numpy": numpy.random.get_state()}

    def restore_random_state(self, state: State) -> None:
        if "numpy" in state:
            import numpy

            numpy.random.set_state(state["numpy"])

    def to_raw(self, value: Any, path: str) -> Leaf | None:
        import numpy

        is_scalar = isinstance(value, numpy.generic)
        # What other classes of array hold besides (a mask, names) would be lost.
        if not is_scalar and type(value) not in (numpy.ndarray, numpy.memmap):
            return None
        dtype = value.dtype.name if value.dtype.isnative else str(value.dtype)
        return numpy_leaf("scalar" if is_scalar else "numpy", dtype, value, path)

    def from_raw(self, leaf: Leaf) -> Any:
        """An array or scalar; of ml_dtypes' types where numpy has none."""
        import numpy

        name = dtype_names[leaf.raw.dtype]
        if name.startswith(("bfloat", "float8")):
            import ml_dtypes

            dtype = numpy.dtype(getattr(ml_dtypes, name))
        else:
            dtype = numpy.dtype(name)
        array = numpy.frombuffer(bytearray(leaf.raw.data), dtype=dtype).reshape(leaf.raw.shape)
        return array[()] if leaf.kind == "scalar" else array


def numpy_leaf(kind: str, dtype: str, value: Any, path: str) -> Leaf:
    """The leaf of whatever numpy makes an array of. Raises TypeError as `code_of` does."""
    import numpy

    code = code_of(dtype, path)
    data: Any = numpy.ascontiguousarray(value).reshape(-1).view(numpy.uint8)
    return Leaf(kind, Raw(code, numpy.shape(value), memoryview(data)))
