"""Shares of what devices can do."""

from __future__ import annotations

import pytest

from blacksmith.training.performance.peaks import share_of_peak


@pytest.mark.parametrize(
    ("device", "dtype", "teraflops"),
    [
        ("NVIDIA H200", "bfloat16", 989),
        ("NVIDIA H200 NVL", "tf32", 417.5),
        ("NVIDIA H100 80GB HBM3", "tf32", 494.5),
        ("NVIDIA H100 PCIe", "float16", 756.5),
        ("NVIDIA A100-SXM4-80GB", "float32", 19.5),
        ("NVIDIA A10", "bfloat16", 125),
        ("NVIDIA L40S", "bfloat16", 362),
        ("Tesla V100-SXM2-16GB", "float16", 125),
        ("Tesla T4", "float16", 65),
        ("NVIDIA GeForce RTX 4090", "bfloat16", 165.2),
    ],
)
def test_a_device_is_known_by_what_its_driver_calls_it(
    device: str, dtype: str, teraflops: float
) -> None:
    assert share_of_peak(device, {dtype: teraflops * 1e12}) == pytest.approx(1)


def test_the_times_that_operations_of_several_types_take_add_up() -> None:
    share = share_of_peak("NVIDIA A100-PCIE-40GB", {"bfloat16": 31.2e12, "tf32": 31.2e12})
    assert share == pytest.approx(0.1 + 0.2)


@pytest.mark.parametrize(
    "device",
    [
        None,
        "cpu",
        "NVIDIA L400",
        "NVIDIA A1000",
        "NVIDIA GH200 480GB",
        "NVIDIA GeForce RTX 4090 D",
        "NVIDIA GeForce RTX 4090 Laptop GPU",
        "NVIDIA GeForce RTX 3090 Ti",
        "NVIDIA A100-SXM4-40GB MIG 1g.5gb",
    ],
)
def test_of_what_is_not_known_nothing_is_said(device: str | None) -> None:
    assert share_of_peak(device, {"float32": 1e12}) is None


def test_a_type_that_the_data_sheet_does_not_have_has_no_share() -> None:
    assert share_of_peak("Tesla T4", {"float16": 1e12, "float32": 1e12}) is not None
    assert share_of_peak("Tesla T4", {"float64": 1e12}) is None
