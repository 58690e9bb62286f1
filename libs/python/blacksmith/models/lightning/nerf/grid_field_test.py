"""Feature grids against interpolation by hand, and by torch."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional as F  # noqa: E402

from blacksmith.models.lightning.nerf.grid_field import (  # noqa: E402
    FeatureGrid,
    WeightedRows,
    vertices_around,
)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def test_features_between_vertices_are_interpolated_as_torch_does() -> None:
    grid = FeatureGrid(torch.ones(4, 4, 4, dtype=torch.bool), 7, 3)
    points = torch.rand(200, 3)
    dense = grid.table.detach()[grid.slots.long()].view(1, 7, 7, 7, 3).permute(0, 4, 1, 2, 3)
    expected = F.grid_sample(dense, points.view(1, 1, 1, -1, 3) * 2 - 1, align_corners=True)
    torch.testing.assert_close(grid(points), expected.view(3, -1).T)


def test_a_point_on_a_vertex_has_the_vertexs_features() -> None:
    grid = FeatureGrid(torch.ones(2, 2, 2, dtype=torch.bool), 3, 2)
    corner = grid(torch.tensor([[1.0, 0.5, 0.0]]))
    x, y, z = 2, 1, 0
    torch.testing.assert_close(corner[0], grid.table[int(grid.slots[x + 3 * (y + 3 * z)])])


def test_the_gradient_of_a_table_is_the_sum_of_weights() -> None:
    table = torch.zeros(3, 2, requires_grad=True)
    rows = torch.tensor([[0, 2], [2, 2]])
    out = WeightedRows.apply(table, rows, torch.tensor([[0.25, 0.75], [0.5, 0.125]]))
    (out * torch.tensor([[1.0, 10.0], [2.0, 20.0]])).sum().backward()
    assert table.grad is not None
    assert table.grad.tolist() == [[0.25, 2.5], [0.0, 0.0], [0.75 + 1.25, 7.5 + 12.5]]


def test_the_gradient_agrees_with_finite_differences() -> None:
    rows = torch.randint(0, 5, (6, 8))
    weights = torch.rand(6, 8, dtype=torch.float64)
    table = torch.rand(5, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t: WeightedRows.apply(t, rows, weights), (table,))


@pytest.mark.parametrize("resolution", [5, 8, 16, 23])
def test_every_point_of_the_hull_finds_its_vertices_stored(resolution: int) -> None:
    hull = torch.rand(8, 8, 8) < 0.1
    needed = vertices_around(hull, resolution)
    cells = hull.nonzero()
    points = (cells[torch.randint(len(cells), (5000,))] + torch.rand(5000, 3)) / 8  # z, y, x
    first = (points * (resolution - 1)).floor().long().clamp(max=resolution - 2)
    for corner in torch.cartesian_prod(*[torch.arange(2)] * 3):
        assert bool(needed[tuple((first + corner).T)].all())
    assert not bool(needed.all())
