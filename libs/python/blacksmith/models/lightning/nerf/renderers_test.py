"""The renderers as wholes."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from blacksmith.models.lightning.nerf import CoarseFineRenderer, GridRenderer  # noqa: E402


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def coarse_fine(
    coarse: tuple[int, int] = (4, 128),
    fine: tuple[int, int] = (4, 192),
    samples: int = 16,
    fine_samples: int = 16,
    products: torch.dtype = torch.float32,
) -> CoarseFineRenderer:
    return CoarseFineRenderer(
        coarse=coarse,
        fine=fine,
        frequencies=10,
        products=products,
        samples=samples,
        fine_samples=fine_samples,
        near=2.0,
        far=6.0,
        bound=1.5,
    )


def grids() -> GridRenderer:
    return GridRenderer(
        torch.ones(8, 8, 8, dtype=torch.bool),
        resolutions=[4, 9],
        channels=4,
        hidden=16,
        density_scale=10.0,
        bound=1.5,
        step=0.1,
        threshold=1.0,
        least_light=0.001,
    )


def rays(count: int) -> torch.Tensor:
    directions = torch.nn.functional.normalize(torch.randn(count, 3), dim=1)
    return torch.cat([-4 * directions + 0.2 * torch.randn(count, 3), directions], dim=1)


def test_the_mlps_have_the_parameters_of_their_layers() -> None:
    def expected(width: int) -> int:
        layers = 63 * width + (width + 63) * width + 2 * width * width + 4 * width
        return layers + (width + 1) + 27 * (width + 1)

    count = sum(p.numel() for p in coarse_fine().parameters())
    assert count == expected(128) + expected(192)


def test_both_fields_learn_a_batch_by_heart() -> None:
    batch, target = rays(24), torch.rand(24, 3)
    for renderer, rate, steps in ((coarse_fine((2, 64), (3, 64)), 5e-3, 150), (grids(), 5e-2, 150)):
        optimizer = torch.optim.Adam(renderer.parameters(), lr=rate)
        renderer.eval()
        for _ in range(steps):
            colours = renderer(batch, torch.ones(3))
            loss = torch.stack([(colour - target).square().mean() for colour in colours]).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        assert float((colours[-1] - target).detach().square().mean()) < 2e-3


def test_coarse_and_fine_fields_both_get_gradients_and_the_coarse_only_from_its_own_colour() -> (
    None
):
    renderer = coarse_fine()
    coarse, fine = renderer(rays(8), torch.ones(3))
    fine.sum().backward()
    assert all(p.grad is None for p in renderer.coarse.parameters())
    assert renderer.fine is not None
    assert all(p.grad is not None for p in renderer.fine.parameters())
    coarse.sum().backward()
    assert all(p.grad is not None for p in renderer.coarse.parameters())


def test_rays_past_the_cube_show_the_background() -> None:
    past = torch.tensor([[0.0, 3.0, 4.0, 0.0, 0.0, -1.0]])
    assert grids()(past, torch.tensor([0.1, 0.2, 0.3]))[0][0].tolist() == pytest.approx(
        [0.1, 0.2, 0.3]
    )


def test_a_ray_is_rendered_alike_alone_and_among_others() -> None:
    renderer, batch = grids().eval(), rays(20)
    together = renderer(batch, torch.ones(3))[0]
    alone = torch.cat([renderer(ray[None], torch.ones(3))[0] for ray in batch])
    torch.testing.assert_close(together, alone)


def test_skipping_thin_air_and_hidden_matter_changes_no_colour() -> None:
    renderer, batch = grids().eval(), rays(64)
    with torch.no_grad():
        renderer.field.grids[0].table.normal_()
        renderer.field.geometry.weight[0] *= 100  # some places dense, the others empty
    everything = renderer(batch, torch.ones(3))[0]
    for _ in range(30):
        renderer.refresh_occupancy()
    skipping = renderer(batch, torch.ones(3))[0]
    assert float(renderer.occupancy.live.float().mean()) < 0.9
    assert float((everything - skipping).detach().abs().mean()) < 0.02


def test_products_in_bfloat16_keep_weights_and_gradients_in_float32_and_the_picture_alike() -> None:
    exact, batch = coarse_fine().eval(), rays(32)
    rough = coarse_fine(products=torch.bfloat16).eval()
    rough.load_state_dict(exact.state_dict())
    seen = rough(batch, torch.ones(3))[-1]
    seen.sum().backward()
    assert rough.fine is not None
    assert {p.dtype for p in rough.parameters()} == {torch.float32}
    assert {p.grad.dtype for p in rough.fine.parameters() if p.grad is not None} == {torch.float32}
    difference = (seen - exact(batch, torch.ones(3))[-1]).detach().abs()
    assert 0 < float(difference.max()) < 0.03
