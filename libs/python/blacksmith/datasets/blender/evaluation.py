"""What evaluate reports about pictures of a scene's test views, from any framework's renderer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blacksmith.datasets.blender.cameras import look_at_origin
from blacksmith.datasets.blender.likeness import psnr, ssim
from blacksmith.datasets.blender.png import to_bytes, write_animation, write_png
from blacksmith.datasets.blender.views import Scene, Views
from blacksmith.training.report import write_report

Render = Callable[[NDArray[np.float32]], NDArray[np.float32]]  # pose (4, 4) to image (H, W, 3)
Figures = dict[str, float]

_error_gain = 4  # errors are small: shown four times as strong


def evaluate_scene(
    scene: Scene,
    render: Render,
    turntable_frames: int,
    output: Path,
    progress: Callable[[int, int], None],
) -> dict[str, float]:
    """Mean PSNR and SSIM over the test views, and those of the baselines.

    Leaves in `output`: views.json (each view's figures), views/<n>-target.png, -rendering.png and
    -error.png (4 times as strong), turntable.png where it has frames, and report.json to show them.
    `progress(done, of)` counts images.
    """
    total = len(scene.test) + turntable_frames
    figures = evaluate_views(scene.test, render, output, lambda done: progress(done, total))
    blocks = [views_block(figures)]
    if turntable_frames:
        file = output / "turntable.png"
        write_turntable(
            scene, render, turntable_frames, file, lambda done: progress(len(figures) + done, total)
        )
        blocks.append(turntable_block(file.name))
    write_report(output, blocks)
    return {
        "psnr": float(np.mean([view["psnr"] for view in figures])),
        "ssim": float(np.mean([view["ssim"] for view in figures])),
        "psnr_of_worst_view": min(view["psnr"] for view in figures),
        **baselines(scene),
    }


def evaluate_views(
    views: Views, render: Render, output: Path, progress: Callable[[int], None]
) -> list[Figures]:
    """Each view's PSNR and SSIM; leaves them in views.json, and the pictures in `views`."""
    (output / "views").mkdir(exist_ok=True)
    figures = []
    for index, pose in enumerate(views.poses):
        image, target = np.clip(render(pose), 0, 1), views.on_white(index)
        figures.append({"view": index, "psnr": psnr(image, target), "ssim": ssim(image, target)})
        error = np.abs(image - target) * _error_gain
        for name, picture in (("target", target), ("rendering", image), ("error", error)):
            write_png(output / "views" / f"{index}-{name}.png", to_bytes(picture))
        progress(index + 1)
    rounded = [{name: round(value, 6) for name, value in view.items()} for view in figures]
    (output / "views.json").write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")
    return figures


def views_block(figures: list[Figures]) -> dict[str, Any]:
    """The test views as a table of the report."""
    rows: list[list[Any]] = []
    for view in figures:
        index = view["view"]
        pictures = [
            {"image": f"views/{index}-{name}.png", "alt": f"{name} of view {index}"}
            for name in ("target", "rendering", "error")
        ]
        rows.append([index, *pictures, round(view["psnr"], 2), round(view["ssim"], 3)])
    return {
        "kind": "table",
        "title": "Test views",
        "note": "Views that training never saw.",
        "columns": ["view", "target", "rendering", f"error × {_error_gain}", "PSNR in dB", "SSIM"],
        "rows": rows,
    }


def turntable_block(image: str) -> dict[str, Any]:
    """The turntable as an animation of the report."""
    alt = "the camera goes once around the scene"
    return {"kind": "animation", "title": "Turntable", "image": image, "alt": alt}


def baselines(scene: Scene) -> dict[str, float]:
    """What is had without learning: training's mean colour, and its nearest view.

    Nearest is by the angle between the directions in which the cameras stand from the origin.
    """
    train, test = scene.train, scene.test
    mean = np.mean([train.on_white(index).mean(axis=(0, 1)) for index in range(len(train))], axis=0)
    nearest = (_directions(test) @ _directions(train).T).argmax(axis=1)
    figures = []
    for index, other in enumerate(nearest):
        target, view = test.on_white(index), train.on_white(other)
        flat = np.broadcast_to(mean, target.shape).astype(np.float32)
        figures.append((psnr(flat, target), psnr(view, target), ssim(view, target)))
    names = ("psnr_of_mean_colour", "psnr_of_nearest_view", "ssim_of_nearest_view")
    return dict(zip(names, np.mean(figures, axis=0).tolist(), strict=True))


def write_turntable(
    scene: Scene, render: Render, frames: int, file: Path, progress: Callable[[int], None]
) -> None:
    """Writes an animated PNG of a camera that goes once around, as far away as the others."""
    distance = float(np.linalg.norm(scene.train.poses[:, :3, 3], axis=1).mean())

    def images() -> Iterator[NDArray[np.uint8]]:
        for index in range(frames):
            angle = 2 * np.pi * index / frames
            direction = np.array([np.cos(angle) * 0.88, np.sin(angle) * 0.88, 0.475])
            direction /= np.linalg.norm(direction)
            pose = look_at_origin(direction * distance).astype(np.float32)
            yield to_bytes(render(pose))
            progress(index + 1)

    write_animation(file, images(), frames, milliseconds=round(4000 / frames))


def _directions(views: Views) -> NDArray[np.float32]:
    places = views.poses[:, :3, 3]
    directions: NDArray[np.float32] = places / np.linalg.norm(places, axis=1, keepdims=True)
    return directions
