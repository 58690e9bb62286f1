"""What devices can do at best, by the name that their driver gives them.

Dense matrix products in 10¹² floating-point operations a second, from NVIDIA's papers, at the boost
clock and full power. Where a paper gives figures "with sparsity", half of them stand here; of
GeForce cards, whose products in 16 bits are half as fast where they are added up in 32, the latter.

- H100 (SXM, PCIe): resources.nvidia.com/en-us-tensor-core/nvidia-tensor-core-gpu-datasheet
- H200 (SXM, NVL), H100 NVL: nvidia.com/en-us/data-center/h200 and h100
- A100: nvidia-a100-datasheet-us-nvidia-1758950-r4; A10: a10-datasheet
- L40S: resources.nvidia.com/en-us-l40s/l40s-datasheet-28413; L4: l4-gpu-datasheet
- V100: volta-v100-datasheet-update-us-1165301-r5; T4: t4-tensor-core-datasheet-951643
- GeForce RTX 4090, 3090: appendix A of "NVIDIA Ada GPU Architecture", version 2.02, and table 3 of
  "NVIDIA RTX Blackwell GPU Architecture"

A CPU's peak follows from its clock, which follows its load, its heat and its neighbours: it is
taken for unknown, as is that of any device which does not stand here, and of a slice of one (MIG).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# By the end of the name, since others begin alike: an RTX 4090 D, an RTX 3090 Ti, a laptop's card.
_teraflops: tuple[tuple[str, Mapping[str, float]], ...] = (
    (r"\bH200 NVL$", {"bfloat16": 835.5, "float16": 835.5, "tf32": 417.5, "float32": 60}),
    (r"\bH200$|\bH100 80GB HBM3$", {"bfloat16": 989, "float16": 989, "tf32": 494.5, "float32": 67}),
    (r"\bH100 NVL$", {"bfloat16": 835.5, "float16": 835.5, "tf32": 417.5, "float32": 60}),
    (r"\bH100 PCIe$", {"bfloat16": 756.5, "float16": 756.5, "tf32": 378, "float32": 51}),
    (
        r"\bA100-(SXM4|PCIE)-[48]0GB$|\bA100 80GB PCIe$",
        {"bfloat16": 312, "float16": 312, "tf32": 156, "float32": 19.5},
    ),
    (r"\bA10$", {"bfloat16": 125, "float16": 125, "tf32": 62.5, "float32": 31.2}),
    (r"\bL40S$", {"bfloat16": 362, "float16": 362, "tf32": 183, "float32": 91.6}),
    (r"\bL4$", {"bfloat16": 121, "float16": 121, "tf32": 60, "float32": 30.3}),
    (r"\bV100-SXM2-(16|32)GB$", {"float16": 125, "float32": 15.7}),
    (r"\bT4$", {"float16": 65, "float32": 8.1}),
    (r"\bRTX 4090$", {"bfloat16": 165.2, "float16": 165.2, "tf32": 82.6, "float32": 82.6}),
    (r"\bRTX 3090$", {"bfloat16": 71.2, "float16": 71.2, "tf32": 35.6, "float32": 35.6}),
)


def share_of_peak(device: str | None, per_second: Mapping[str, float]) -> float | None:
    """The share of a device's time that operations (a second, by type) would take at its best.

    None where the device, or what it can do in one of the types, is not known.
    """
    peaks = next((found for name, found in _teraflops if re.search(name, device or "")), None)
    if peaks is None or not per_second or not per_second.keys() <= peaks.keys():
        return None
    return sum(rate / (peaks[dtype] * 1e12) for dtype, rate in per_second.items())
