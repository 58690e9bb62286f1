"""Encodings against their formulas."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

from blacksmith.models.lightning.nerf.encoding import (  # noqa: E402
    positional_encoding,
    spherical_harmonics,
)


def test_positions_are_encoded_as_the_paper_writes() -> None:
    point = [0.3, -0.7, 0.05]
    encoded = positional_encoding(torch.tensor([point], dtype=torch.float64), 4)[0].tolist()
    angles = [2**k * math.pi * value for k in range(4) for value in point]
    expected = point + [math.sin(a) for a in angles] + [math.cos(a) for a in angles]
    assert encoded == pytest.approx(expected)


def test_ten_frequencies_give_63_channels_and_none_gives_the_point() -> None:
    points = torch.rand(5, 3)
    assert positional_encoding(points, 10).shape == (5, 63)
    assert torch.equal(positional_encoding(points, 0), points)


def test_the_harmonics_are_orthonormal_over_the_sphere() -> None:
    # Exact quadrature for polynomials of degree 4: Gauss points in z, even angles around.
    import numpy as np

    z, weight = np.polynomial.legendre.leggauss(4)
    angle = np.arange(8) * 2 * np.pi / 8
    flat = np.sqrt(1 - z**2)
    points = np.stack(
        [np.outer(flat, np.cos(angle)), np.outer(flat, np.sin(angle)), np.outer(z, np.ones(8))], -1
    ).reshape(-1, 3)
    basis = spherical_harmonics(torch.from_numpy(points))
    share = torch.from_numpy(np.repeat(weight, 8) * 2 * np.pi / 8)
    torch.testing.assert_close(basis.T @ (basis * share[:, None]), torch.eye(9).double())
