"""The recipe on a few tiny views, with a real Trainer."""

from __future__ import annotations

import json
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from torch.optim.optimizer import register_optimizer_step_pre_hook

from blacksmith.datasets.blender.cameras import place_cameras
from blacksmith.datasets.blender.prepared import load_scene
from blacksmith.datasets.blender.raymarch import render
from blacksmith.datasets.blender.smithy import PARTS
from blacksmith.datasets.blender.torch_rays import RayBank
from blacksmith.models.lightning.nerf.rendering import over_straight
from blacksmith.training.broken_trial import killed_trial, stopped_trial
from blacksmith.training.failure import NotFinite
from blacksmith.training.trial import Trial, contents, load_recipe, run_trial

recipe = load_recipe(Path(__file__).with_name("recipe.py"))

size, angle = 24, 0.69


def config(field: str = "grid", **training: Any) -> dict[str, Any]:
    """The recipe's parameters, small."""
    return {
        "dataset": {"name": "blender", "variant": "smithy", "path": None},
        "model": {
            "name": "nerf",
            "field": field,
            "near": 2.0,
            "far": 6.0,
            "bound": 1.5,
            "mlp": {
                "coarse_depth": 2,
                "coarse_width": 16,
                "fine_depth": 2,
                "fine_width": 16,
                "frequencies": 4,
                "samples": 8,
                "fine_samples": 8,
                "products": "float32",
            },
            "grid": {
                "resolutions": [8, 24],
                "channels": 4,
                "hidden": 16,
                "density_scale": 10.0,
                "occupancy": 24,
                "step": 0.08,
                "threshold": 0.3,
                "least_light": 0.003,
            },
        },
        "training": {
            "steps": 40,
            "rays": 256,
            "learning_rate": 0.02,
            "decay_steps": 200.0,
            "background": "random",
            "margin": 2,
            "refresh_every": 15,
            "fused": True,
            "steps_per_chunk": 5,
            "loading": "resident",
            "precision": "32-true",
            "seed": 0,
            **training,
        },
        "evaluation": {"rays": 1024, "turntable_frames": 2},
    }


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our scene from a few places, as prepare-data leaves it."""
    folder = tmp_path_factory.mktemp("prepared")
    tensors = {"focal": np.array([0.5 * size / np.tan(0.5 * angle)], np.float32)}
    for seed, (split, count) in enumerate({"train": 8, "val": 1, "test": 1}.items()):
        poses = place_cameras(count, seed)
        tensors[f"{split}.poses"] = poses.astype(np.float32)
        tensors[f"{split}.images"] = np.stack(
            [render(PARTS, pose, size, angle, samples=1) for pose in poses]
        )
    save_file(tensors, folder / "views.safetensors")
    return folder


@pytest.fixture(scope="module")
def straight(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """A training without interruption."""
    return run_trial(recipe.train, config(), tmp_path_factory.mktemp("straight"), data=data)


def test_each_step_has_the_rate_that_climbs_and_then_falls(data: Path, tmp_path: Path) -> None:
    rates: list[float] = []
    hook = register_optimizer_step_pre_hook(
        lambda optimizer, *_: rates.append(optimizer.param_groups[0]["lr"])
    )
    run_trial(recipe.train, config(), tmp_path, data=data)
    hook.remove()
    factors = [min(1, (step + 1) / 20) * 0.1 ** (step / 200) for step in range(40)]
    assert rates == pytest.approx([0.02 * factor for factor in factors])


def test_the_same_seed_gives_the_same_bytes_twice(
    straight: Trial, data: Path, tmp_path: Path
) -> None:
    assert contents(run_trial(recipe.train, config(), tmp_path, data=data)) == contents(straight)


def test_another_seed_gives_other_bytes(straight: Trial, data: Path, tmp_path: Path) -> None:
    other = run_trial(recipe.train, config(), tmp_path, data=data, seed=1)
    assert contents(other)["model.safetensors"] != contents(straight)["model.safetensors"]


def test_an_epoch_takes_each_pixel_once_its_smaller_last_batch_too(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[torch.Tensor] = []

    class Noted(RayBank):
        def __getitem__(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            if len(self) == len(all_rays):  # not the held-out ones
                batches.append(rows)
            return super().__getitem__(rows)

    scene = load_scene(data)
    all_rays = RayBank(scene.train, scene.focal, torch.device("cpu"), "resident", margin=2)
    steps = math.ceil(len(all_rays) / 100)
    assert len(all_rays) % 100
    monkeypatch.setattr(recipe, "RayBank", Noted)
    run_trial(recipe.train, config(rays=100, steps=steps), tmp_path, data=data)
    assert [len(rows) for rows in batches] == [100] * (steps - 1) + [len(all_rays) % 100]
    assert torch.equal(torch.cat(batches).sort().values, torch.arange(len(all_rays)))


def test_validation_is_that_of_all_held_out_pixels_together(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    direct: list[float] = []

    def at_once(module: Any) -> None:
        rays, rgba = module.held_out_rays[torch.arange(len(module.held_out_rays))]
        target = over_straight(rgba, torch.ones(3))
        colour = module.renderer(rays, torch.ones(len(rays), 3))[-1]
        direct.append(-10 * math.log10(((colour - target) ** 2).mean()))
        inner(module)

    inner = recipe.RadianceField.on_validation_epoch_end
    monkeypatch.setattr(recipe.RadianceField, "on_validation_epoch_end", at_once)
    # 576 pixels: two batches of 250 and one of 76.
    run = run_trial(recipe.train, config(rays=250), tmp_path, data=data)
    validations = [e["values"] for e in run.named("metric") if e["split"] == "validation"]
    assert len(direct) > 0
    assert [each["psnr"] for each in validations] == pytest.approx(direct, abs=1e-3)


def test_a_loss_that_is_not_finite_ends_the_run_and_keeps_its_checkpoint(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = run_trial(recipe.train, config(), tmp_path, data=data, stop_after=3)
    assert stopped.stopped
    monkeypatch.setattr(recipe, "over_straight", lambda rgba, _: rgba[:, :3] * math.nan)
    with pytest.raises(NotFinite, match="loss became nan"):
        run_trial(recipe.train, config(), tmp_path, data=data)
    assert not (tmp_path / "output" / "model.safetensors").exists()
    monkeypatch.undo()
    assert run_trial(recipe.train, config(), tmp_path, data=data).named("resumed")


def test_streamed_views_give_the_same_bytes_as_resident_ones(
    straight: Trial, data: Path, tmp_path: Path
) -> None:
    streamed = run_trial(recipe.train, config(loading="streamed"), tmp_path, data=data)
    assert contents(streamed) == contents(straight)


@pytest.mark.parametrize("chunks", range(8))
def test_a_stopped_training_ends_with_the_bytes_of_an_unbroken_one(
    straight: Trial, data: Path, tmp_path: Path, chunks: int
) -> None:
    resumed = stopped_trial(recipe, config(), tmp_path, data=data, looks=chunks)
    assert contents(resumed) == contents(straight)


def test_a_training_killed_without_warning_ends_with_the_bytes_of_an_unbroken_one(
    straight: Trial, data: Path, tmp_path: Path
) -> None:
    # Past the first look for thin air.
    resumed = killed_trial(recipe, config(), tmp_path, data=data, after_step=16)
    assert contents(resumed) == contents(straight)


@pytest.mark.parametrize("steps", [40, 42])
def test_a_longer_training_continues_a_shorter_one_to_the_same_bytes(
    data: Path, tmp_path: Path, steps: int
) -> None:
    shorter = run_trial(recipe.train, config(steps=steps), tmp_path / "a", data=data)
    longer = run_trial(
        recipe.train,
        config(steps=60),
        tmp_path / "b",
        data=data,
        resume=shorter.output / "state",
    )
    assert longer.named("resumed")
    afresh = run_trial(recipe.train, config(steps=60), tmp_path / "c", data=data)
    assert contents(longer) == contents(afresh)


@pytest.mark.parametrize("field", ["grid", "mlp"])
def test_a_few_rays_are_learned_and_many_pictures_made(
    field: str, data: Path, tmp_path: Path
) -> None:
    settings = config(field, steps=250, background="white")
    trained = run_trial(recipe.train, settings, tmp_path / "train", data=data)
    losses = [e["values"]["loss"] for e in trained.named("metric") if e["split"] == "train"]
    assert losses[-1] < losses[0] / 2
    model = trained.output / "model.safetensors"
    assert all(np.isfinite(tensor).all() for tensor in load_file(model).values())
    evaluated = run_trial(
        recipe.evaluate, settings, tmp_path / "evaluate", data=data, model=model, target="evaluate"
    )
    assert evaluated.result["psnr"] > evaluated.result["psnr_of_mean_colour"]
    views, turntable = json.loads((evaluated.output / "report.json").read_text())["blocks"]
    shown = [cell["image"] for cell in views["rows"][0][1:4]] + [turntable["image"]]
    for name in shown:
        assert (evaluated.output / name).read_bytes().startswith(b"\x89PNG")
    assert evaluated.result["psnr"] == pytest.approx(psnr_of_pictures(evaluated.output), abs=0.05)


def psnr_of_pictures(folder: Path) -> float:
    """From the target and the rendering of test view 0, the only one, as they were written."""
    target, rendering = (
        pixels(folder / "views" / f"0-{name}.png") for name in ("target", "rendering")
    )
    return float(-10 * np.log10((((target - rendering) / 255) ** 2).mean()))


def pixels(picture: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    """(H, W, 3) of an RGB PNG whose rows hold differences to the pixel on the left, like ours."""
    packed = picture.read_bytes().partition(b"IDAT")[2]
    rows = np.frombuffer(zlib.decompressobj().decompress(packed), np.uint8).reshape(size, -1)
    assert (rows[:, 0] == 1).all()
    return rows[:, 1:].reshape(size, size, 3).cumsum(1, np.uint8).astype(float)
