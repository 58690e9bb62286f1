"""How like two images are: PSNR and SSIM, for pictures (H, W, 3) in 0..1."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]

# Wang et al., "Image quality assessment: from error visibility to structural similarity", 2004.
window = 11  # pixels a side; no smaller picture can be compared
_deviation = 1.5
_c1, _c2 = 0.01**2, 0.03**2


def psnr(image: Image, target: Image) -> float:
    """Peak signal to noise ratio in dB; 100 for equal images, whose ratio is infinite."""
    error = float(np.mean((image.astype(np.float64) - target) ** 2))
    return -10 * math.log10(max(error, 1e-10))


def ssim(image: Image, target: Image) -> float:
    """Structural similarity, the mean over channels and all places where the whole window fits.

    Gaussian window of 11 pixels with deviation 1.5, variances weighted by it, K1 0.01, K2 0.03.
    """
    a, b = image.astype(np.float64), target.astype(np.float64)
    mean_a, mean_b = _blur(a), _blur(b)
    variance_a = _blur(a * a) - mean_a**2
    variance_b = _blur(b * b) - mean_b**2
    covariance = _blur(a * b) - mean_a * mean_b
    likeness = ((2 * mean_a * mean_b + _c1) * (2 * covariance + _c2)) / (
        (mean_a**2 + mean_b**2 + _c1) * (variance_a + variance_b + _c2)
    )
    return float(likeness.mean())


def _blur(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """The Gaussian window over rows, then columns: (H - 10, W - 10, 3)."""
    offsets = np.arange(window) - window // 2
    line = np.exp(-(offsets**2) / (2 * _deviation**2))
    line /= line.sum()
    height, width = image.shape[0] - window + 1, image.shape[1] - window + 1
    rows = sum(line[k] * image[k : k + height] for k in range(window))
    blurred: NDArray[np.float64] = sum(line[k] * rows[:, k : k + width] for k in range(window))
    return blurred
