"""What devices can do at best, by the name that their driver gives them.

Dense matrix products in 10¹² floating-point operations a second, from the makers' data sheets, at
the boost clock and full power (where a sheet gives figures "with sparsity", half of them):

- NVIDIA H200, H100: "NVIDIA H200 Tensor Core GPU" and "NVIDIA H100 Tensor Core GPU" data sheets
- NVIDIA A100: "NVIDIA A100 Tensor Core GPU" data sheet; A10, L4, L40S, T4, V100: theirs
- GeForce RTX 4090, 3090: appendices of the Ada and of the Ampere GA102 architecture white papers,
  with float32 accumulation

A CPU's peak follows from its clock, which follows its load, its heat and its neighbours: it is
taken for unknown, as is that of any device which does not stand here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# The first pattern that is found in the name counts.
_teraflops: tuple[tuple[str, Mapping[str, float]], ...] = (
    (r"H200 NVL", {"bfloat16": 835.5, "float16": 835.5, "tf32": 417.5, "float32": 60}),
    (r"H200|H100 80GB HBM3", {"bfloat16": 989, "float16": 989, "tf32": 494.5, "float32": 67}),
    (r"H100 NVL", {"bfloat16": 835.5, "float16": 835.5, "tf32": 417.5, "float32": 60}),
    (r"H100 PCIe", {"bfloat16": 756.5, "float16": 756.5, "tf32": 378, "float32": 51}),
    (r"\bA100\b", {"bfloat16": 312, "float16": 312, "tf32": 156, "float32": 19.5}),
    (r"\bA10\b", {"bfloat16": 125, "float16": 125, "tf32": 62.5, "float32": 31.2}),
    (r"\bL40S\b", {"bfloat16": 362, "float16": 362, "tf32": 183, "float32": 91.6}),
    (r"\bL4\b", {"bfloat16": 121, "float16": 121, "tf32": 60, "float32": 30.3}),
    (r"V100-SXM2", {"float16": 125, "float32": 15.7}),
    (r"\bT4\b", {"float16": 65, "float32": 8.1}),
    (r"RTX 4090\b", {"bfloat16": 165.2, "float16": 165.2, "tf32": 82.6, "float32": 82.6}),
    (r"RTX 3090\b", {"bfloat16": 71, "float16": 71, "tf32": 35.6, "float32": 35.6}),
)


def share_of_peak(device: str | None, per_second: Mapping[str, float]) -> float | None:
    """The share of a device's time that operations (a second, by type) would take at its best.

    None where the device, or what it can do in one of the types, is not known.
    """
    peaks = next((found for name, found in _teraflops if re.search(name, device or "")), None)
    if peaks is None or not per_second or not per_second.keys() <= peaks.keys():
        return None
    return sum(rate / (peaks[dtype] * 1e12) for dtype, rate in per_second.items())
