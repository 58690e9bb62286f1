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

from blacksmith.datasets.blender.cameras import place_cameras
from blacksmith.datasets.blender.prepared import load_scene
from blacksmith.datasets.blender.raymarch import render
from blacksmith.datasets.blender.scene import PARTS
from blacksmith.datasets.blender.torch_rays import RayBank
from blacksmith.models.lightning.nerf.rendering import over_straight
from blacksmith.training.failure import NotFinite
from blacksmith.training.recipe_cases import TrainingCases, model_of
from blacksmith.training.torch_recipe_cases import TorchCases
from blacksmith.training.trial import load_recipe

recipe = load_recipe(Path(__file__).with_name("recipe.py"))

size, angle = 24, 0.69


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


class TestRecipe(TrainingCases, TorchCases):
    """Small fields, and a training of 40 steps in chunks of 5."""

    recipe = recipe
    parameters = {
        "model": {
            "mlp": {
                "coarse_depth": 2,
                "coarse_width": 16,
                "fine_depth": 2,
                "fine_width": 16,
                "frequencies": 4,
                "samples": 8,
                "fine_samples": 8,
            },
            "grid": {
                "resolutions": [8, 24],
                "channels": 4,
                "hidden": 16,
                "occupancy": 24,
                "step": 0.08,
            },
        },
        "training": {
            "steps": 40,
            "rays": 256,
            "decay_steps": 200,
            "refresh_every": 15,
            "steps_per_chunk": 5,
        },
        "evaluation": {"rays": 1024, "turntable_frames": 2},
    }
    stops = range(8)
    kill_after = 16  # past the first look for thin air
    extensions = (({"steps": 40}, {"steps": 60}, 39), ({"steps": 42}, {"steps": 60}, 39))
    steps = 40
    # It climbs and then falls.
    rates = (({}, lambda step: 0.02 * min(1, (step + 1) / 20) * 0.1 ** (step / 200)),)

    def test_an_epoch_takes_each_pixel_once_its_smaller_last_batch_too(
        self, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
        self.train(data, tmp_path, self.config(rays=100, steps=steps))
        assert [len(rows) for rows in batches] == [100] * (steps - 1) + [len(all_rays) % 100]
        assert torch.equal(torch.cat(batches).sort().values, torch.arange(len(all_rays)))

    def test_validation_is_that_of_all_held_out_pixels_together(
        self, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
        run = self.train(data, tmp_path, self.config(rays=250))
        validations = [e["values"] for e in run.named("metric") if e["split"] == "validation"]
        assert len(direct) > 0
        assert [each["psnr"] for each in validations] == pytest.approx(direct, abs=1e-3)

    def test_a_loss_that_is_not_finite_ends_the_run_and_leaves_no_model(
        self, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stopped = self.train(data, tmp_path, stop_after=3)
        assert stopped.stopped
        monkeypatch.setattr(recipe, "over_straight", lambda rgba, _: rgba[:, :3] * math.nan)
        with pytest.raises(NotFinite, match="loss became nan"):
            self.train(data, tmp_path)
        assert not (tmp_path / "output" / "model.safetensors").exists()
        monkeypatch.undo()
        assert self.train(data, tmp_path).named("resumed")

    @pytest.mark.parametrize("field", ["grid", "mlp"])
    def test_a_few_rays_are_learned_and_many_pictures_made(
        self, field: str, data: Path, tmp_path: Path
    ) -> None:
        settings = self.config(steps=250, background="white")
        settings["model"]["field"] = field
        trained = self.train(data, tmp_path / "train", settings)
        losses = [e["values"]["loss"] for e in trained.named("metric") if e["split"] == "train"]
        assert losses[-1] < losses[0] / 2
        weights = load_file(model_of(trained))
        assert all(np.isfinite(tensor).all() for tensor in weights.values())
        evaluated = self.evaluate(trained, data, tmp_path / "evaluate", settings)
        assert evaluated.result["psnr"] > evaluated.result["psnr_of_mean_colour"]
        views, turntable = json.loads((evaluated.output / "report.json").read_text())["blocks"]
        shown = [cell["image"] for cell in views["rows"][0][1:4]] + [turntable["image"]]
        for name in shown:
            assert (evaluated.output / name).read_bytes().startswith(b"\x89PNG")
        assert evaluated.result["psnr"] == pytest.approx(
            psnr_of_pictures(evaluated.output), abs=0.05
        )


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
