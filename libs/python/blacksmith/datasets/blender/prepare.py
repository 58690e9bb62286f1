"""prepare-data: our own scene, one of the eight synthetic scenes, or a person's own folder."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from .folder import BadFolder, read_folder
from .prepared import write_scene
from .render import render_folder

if TYPE_CHECKING:
    from blacksmith.training.context import Context


def prepare(ctx: Context) -> None:
    """Make `views.safetensors` in ctx.output; for our own scene also the folder it was read from."""
    dataset = ctx.config["dataset"]
    size = dataset["size"]
    with tempfile.TemporaryDirectory(prefix="blacksmith-blender-") as scratch:
        if dataset["path"] is not None:
            root = Path(dataset["path"])
        elif dataset["variant"] == "smithy":
            root = ctx.output / "scene"
            counts = {split: dataset["views"][split] for split in ("train", "val", "test")}
            render_folder(root, size, counts, dataset["seed"], progress(ctx, "view"))
        else:
            root = unpack(Path(ctx.sources[dataset["variant"]]), Path(scratch))
        write_scene(read_folder(root, size, progress(ctx, "image"), ctx.warn), ctx.output)


def unpack(archive: Path, scratch: Path) -> Path:
    """Unzip a downloaded scene; the folder that holds its transforms_train.json."""
    try:
        with zipfile.ZipFile(archive) as content:
            content.extractall(scratch)
    except zipfile.BadZipFile as error:
        raise BadFolder(f"{archive}: not a zip archive ({error}).") from None
    found = sorted(scratch.rglob("transforms_train.json"))
    if not found:
        raise BadFolder(f"{archive}: holds no transforms_train.json.")
    return found[0].parent
