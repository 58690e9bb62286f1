"""Trains a radiance field on views of a scene with PyTorch Lightning, and renders it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import lightning.pytorch as pl
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from blacksmith.backends.torch_lightning import accelerator_options, device_of
from blacksmith.datasets.blender.evaluation import evaluate_scene
from blacksmith.datasets.blender.prepared import load_scene
from blacksmith.datasets.blender.torch_rays import RayBank, view_rays
from blacksmith.datasets.blender.views import Scene
from blacksmith.models.lightning.nerf import CoarseFineRenderer, GridRenderer, carve
from blacksmith.models.lightning.nerf.rendering import over_straight
from blacksmith.training import Context
from blacksmith.training.lightning import LightningRun
from blacksmith.training.torch_state import IndexChunks, IndicesInOrder, load_model, save_model

if TYPE_CHECKING:
    from parameters import EvaluateParameters, Model, Parameters, Training, TrainParameters

Renderer = CoarseFineRenderer | GridRenderer

white = 1.0


class RadianceField(pl.LightningModule):
    """A renderer with its loss and optimizer. A Lightning batch is a chunk of mini-batches."""

    def __init__(
        self, renderer: Renderer, settings: Training, train: RayBank, held_out: RayBank
    ) -> None:
        super().__init__()
        # One call of training_step takes many optimizer steps: Lightning's own work for a batch is
        # then shared by them.
        self.automatic_optimization = False
        self.renderer = renderer
        self.settings = settings
        self.train_rays = train
        self.held_out_rays = held_out

    def training_step(self, chunk: Tensor, _: int) -> dict[str, Tensor]:
        """Steps through a chunk of row numbers (steps × rays,)."""
        optimizer: Any = self.optimizers()
        schedule: Any = self.lr_schedulers()
        losses = []
        for rows in torch.split(chunk, self.settings.rays):
            if self.global_step == self.settings.steps:
                break
            self.look_for_matter()
            rays, rgba = self.train_rays[rows]
            background = self.background(len(rows))
            target = over_straight(rgba, background)
            # Coarse and fine colours, where there are both, have the same say.
            colours = self.renderer(rays, background)
            loss = torch.stack([F.mse_loss(colour, target) for colour in colours]).sum()
            optimizer.zero_grad()
            self.manual_backward(loss)
            optimizer.step()
            schedule.step()
            losses.append(F.mse_loss(colours[-1].detach(), target))
        mean = torch.stack(losses).mean()
        return {"loss": mean, "psnr": -10 * torch.log10(mean)}

    def background(self, count: int) -> Tensor:
        """White, or a random colour for each ray: then only true opacity matches the masks."""
        if self.settings.background == "white":
            return torch.full((count, 3), white, device=self.device)
        return torch.rand(count, 3, device=self.device)

    def look_for_matter(self) -> None:
        """Lets a grid find its thin air anew every so often, once it has learned something."""
        if isinstance(self.renderer, GridRenderer):
            step, every = self.global_step, self.settings.refresh_every
            if step > 0 and step % every == 0:
                self.renderer.refresh_occupancy()

    def validation_step(self, rows: Tensor, _: int) -> None:
        """PSNR over pixels of views that training does not see."""
        rays, rgba = self.held_out_rays[rows]
        background = torch.full((len(rows), 3), white, device=self.device)
        error = F.mse_loss(self.renderer(rays, background)[-1], over_straight(rgba, background))
        # Averaged as an error: the mean of the batches' PSNR would not be that of the pixels, and a
        # batch of nothing but background has none.
        self.log("error", error, batch_size=len(rows))

    def on_validation_epoch_end(self) -> None:
        """The PSNR that belongs to the mean squared error over all pixels."""
        self.log("psnr", -10 * torch.log10(self.trainer.callback_metrics["error"]))

    def configure_optimizers(self) -> Any:
        """Adam; its rate climbs for some steps and then falls tenfold every `decay_steps`.

        A function of the step alone, so that a longer run continues a shorter one exactly.
        """
        settings = self.settings
        optimizer = torch.optim.Adam(
            self.renderer.parameters(),
            lr=settings.learning_rate,
            betas=(0.9, 0.99),
            # Grid rows are rarely touched and their gradients tiny: the usual 1e-8 would damp them.
            eps=1e-15,
            fused=settings.fused,
        )
        falling = torch.optim.lr_scheduler.LambdaLR(
            optimizer,
            lambda step: min(1, (step + 1) / 20) * 0.1 ** (step / settings.decay_steps),
        )
        return {"optimizer": optimizer, "lr_scheduler": falling}


def train(ctx: Context[TrainParameters]) -> None:
    """Carves the scene's hull (grid), fits the field to all training pixels, saves it."""
    settings, device = ctx.config.training, device_of(ctx.device)
    scene = load_scene(ctx.data)
    loading = settings.loading
    train_rays = RayBank(scene.train, scene.focal, device, loading, margin=settings.margin)
    held_out = RayBank(scene.val, scene.focal, device, loading)

    run = LightningRun(
        ctx,
        steps=settings.steps,
        steps_per_batch=settings.steps_per_chunk,
        items_per_step=settings.rays,
        unit="rays",
    )
    renderer = new_renderer(ctx, scene, device)
    module = RadianceField(renderer, settings, train_rays, held_out)
    trainer = pl.Trainer(
        max_epochs=math.ceil(settings.steps / math.ceil(len(train_rays) / settings.rays)),
        precision=settings.precision,
        **accelerator_options(ctx.device),
        **run.trainer_options(),
    )
    trainer.fit(
        module,
        IndexChunks(len(train_rays), settings.rays, settings.steps_per_chunk, ctx.seed),
        IndicesInOrder(len(held_out), settings.rays),
        ckpt_path=run.resume_from,
    )
    save_model(ctx.output / "model.safetensors", renderer.state_dict())
    run.save_final(trainer)


def evaluate(ctx: Context[EvaluateParameters]) -> dict[str, float]:
    """Renders the test views and a turn around the scene; PSNR and SSIM, and two baselines."""
    settings, device = ctx.config.evaluation, device_of(ctx.device)
    scene = load_scene(ctx.data)
    renderer = saved_renderer(ctx, load_model(ctx.model, device), device).eval()
    height, width = scene.test.images.shape[1:3]

    @torch.inference_mode()
    def render(pose: NDArray[np.float32]) -> NDArray[np.float32]:
        rays = view_rays(torch.tensor(pose, device=device), scene.focal, height, width)
        parts = [renderer(part, part.new_ones(3))[-1] for part in torch.split(rays, settings.rays)]
        image: NDArray[np.float32] = torch.cat(parts).float().view(height, width, 3).cpu().numpy()
        return image

    return evaluate_scene(
        scene,
        render,
        settings.turntable_frames,
        ctx.output,
        lambda done, of: ctx.progress(done, of, unit="images"),
    )


def new_renderer(ctx: Context[Parameters], scene: Scene, device: torch.device) -> Renderer:
    """An untrained renderer; a grid's hull is carved from the training masks."""
    model = ctx.config.model
    if model.field == "mlp":
        return mlp_renderer(model).to(device)
    hull = carve(
        (torch.from_numpy(alpha).to(device) for alpha in scene.train.alphas()),
        torch.from_numpy(scene.train.poses.copy()).to(device),
        scene.focal,
        model.grid.occupancy,
        model.bound,
    )
    if not hull.any():
        raise ctx.bad_input(
            "no part of the cube [-bound, bound]³ is on the object in all training views",
            remedy="look at the alpha channels and poses, or set model.bound to the scene's size",
        )
    if any(hull.movedim(axis, 0)[side].any() for axis in range(3) for side in (0, -1)):
        ctx.warn(
            f"the scene reaches the border of the cube: model.bound {model.bound} is too small"
        )
    return grid_renderer(model, hull)


def saved_renderer(
    ctx: Context[Parameters], state: Mapping[str, Tensor], device: torch.device
) -> Renderer:
    """The renderer that `train` saved."""
    model = ctx.config.model
    renderer: Renderer
    if model.field == "mlp":
        renderer = mlp_renderer(model).to(device)
    else:
        renderer = grid_renderer(model, GridRenderer.hull_of(state))
    renderer.load_state_dict(dict(state))
    return renderer


def mlp_renderer(model: Model) -> CoarseFineRenderer:
    """The paper's kind of field, as configured."""
    mlp = model.mlp
    return CoarseFineRenderer(
        coarse=(mlp.coarse_depth, mlp.coarse_width),
        fine=(mlp.fine_depth, mlp.fine_width),
        frequencies=mlp.frequencies,
        samples=mlp.samples,
        fine_samples=mlp.fine_samples,
        near=model.near,
        far=model.far,
        bound=model.bound,
        products=getattr(torch, mlp.products),
    )


def grid_renderer(model: Model, hull: Tensor) -> GridRenderer:
    """Feature grids over a hull, as configured."""
    grid = model.grid
    return GridRenderer(
        hull,
        resolutions=grid.resolutions,
        channels=grid.channels,
        hidden=grid.hidden,
        density_scale=grid.density_scale,
        bound=model.bound,
        step=grid.step,
        threshold=grid.threshold,
        least_light=grid.least_light,
    )
