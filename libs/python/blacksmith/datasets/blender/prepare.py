"""prepare-data: a scene of our own, one of the eight synthetic scenes, or a person's own folder."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from blacksmith.datasets.blender.bad_folder import BadFolder
from blacksmith.datasets.blender.folder import prepare_folder
from blacksmith.datasets.blender.likeness import window
from blacksmith.datasets.blender.render import render_folder
from blacksmith.datasets.blender.views import Scene, splits

if TYPE_CHECKING:
    from blacksmith.datasets.blender.parameters import PrepareParameters
    from blacksmith.training.context import Context

# Far above the published scenes, and no more than disks have.
_most_unpacked = 8 << 30


def prepare(ctx: Context[PrepareParameters]) -> None:
    """Makes views.safetensors; for our own scene also `scene`, the folder it was read from."""
    dataset = ctx.config.dataset
    size, variant = dataset.size, dataset.variant
    with tempfile.TemporaryDirectory(prefix="blacksmith-blender-") as scratch:
        try:
            if dataset.path is not None:
                root = Path(dataset.path)
            elif variant == "smithy":
                if size is None:
                    raise ctx.bad_input(
                        "dataset.size is null, but there are no images yet with a size to keep",
                        remedy="give the size to render our own scene at",
                    )
                root = ctx.output / "scene"
                counts = {split: dataset.views[split] for split in splits}
                render_folder(root, size, counts, _counter(ctx, "views"))
            else:
                root = unpack(ctx.sources[variant], Path(scratch))
            scene = prepare_folder(root, size, ctx.output, _counter(ctx, "images"), ctx.warn)
            refuse_too_small(scene, root)
        except BadFolder as error:
            remedy = "mend the folder, or give another dataset.path"
            raise ctx.bad_input(str(error), remedy=remedy) from None


def refuse_too_small(scene: Scene, root: Path) -> None:
    """Raises BadFolder for pictures on which `evaluate` could not measure SSIM."""
    height, width = scene.test.images.shape[1:3]
    if min(height, width) < window:
        raise BadFolder(
            f"{root}: its images are {width}x{height} pixels, and evaluate compares windows of "
            f"{window}x{window}; give larger ones"
        )


def unpack(archive: Path, scratch: Path) -> Path:
    """Unzips a downloaded scene; the folder that holds its transforms_train.json."""
    try:
        with zipfile.ZipFile(archive) as content:
            size = sum(member.file_size for member in content.infolist())
            if size > _most_unpacked:
                raise BadFolder(f"{archive}: would unpack to {size} bytes, which no scene has")
            content.extractall(scratch)
    except (zipfile.BadZipFile, zlib.error) as error:
        raise BadFolder(f"{archive}: not a zip archive ({error})") from None
    found = sorted(scratch.rglob("transforms_train.json"))
    if not found:
        raise BadFolder(f"{archive}: holds no transforms_train.json")
    return found[0].parent


def _counter(ctx: Context, unit: str) -> Callable[[int, int], None]:
    return lambda done, of: ctx.progress(done, of, unit=unit)
