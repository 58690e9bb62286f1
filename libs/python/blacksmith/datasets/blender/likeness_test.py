"""PSNR and SSIM against direct counts."""

from __future__ import annotations

import math

import numpy as np
import pytest

from blacksmith.datasets.blender.likeness import psnr, ssim


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    """An image (14, 13, 3) and a noisy copy."""
    random = np.random.default_rng(0)
    image = random.random((14, 13, 3), np.float32)
    return image, np.clip(image + random.normal(0, 0.1, image.shape), 0, 1).astype(np.float32)


def test_psnr_is_ten_logarithms_of_the_mean_squared_error() -> None:
    flat = np.full((4, 4, 3), 0.5, np.float32)
    assert psnr(flat, flat + np.float32(0.25)) == pytest.approx(-10 * math.log10(0.0625))
    assert psnr(flat, flat) == 100


def test_ssim_agrees_with_a_count_window_by_window(pair: tuple[np.ndarray, np.ndarray]) -> None:
    a, b = (x.astype(np.float64) for x in pair)
    offsets = np.arange(-5, 6)
    window = np.exp(-(offsets[:, None] ** 2 + offsets[None] ** 2) / (2 * 1.5**2))
    window /= window.sum()
    values = []
    for channel in range(3):
        for row in range(14 - 10):
            for column in range(13 - 10):
                x = a[row : row + 11, column : column + 11, channel]
                y = b[row : row + 11, column : column + 11, channel]
                mx, my = (window * x).sum(), (window * y).sum()
                vx, vy = (window * (x - mx) ** 2).sum(), (window * (y - my) ** 2).sum()
                cov = (window * (x - mx) * (y - my)).sum()
                values.append(
                    (2 * mx * my + 1e-4)
                    * (2 * cov + 9e-4)
                    / ((mx**2 + my**2 + 1e-4) * (vx + vy + 9e-4))
                )
    assert ssim(*pair) == pytest.approx(np.mean(values), abs=1e-9)


def test_equal_images_are_wholly_alike(pair: tuple[np.ndarray, np.ndarray]) -> None:
    assert ssim(pair[0], pair[0]) == pytest.approx(1)
