"""Reads the pictures of a scene."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from blacksmith.datasets.blender.bad_folder import BadFolder


def read_image(path: Path) -> NDArray[np.uint8]:
    """An RGBA image (H, W, 4)."""
    try:
        with Image.open(path) as image:
            if image.mode != "RGBA":
                raise BadFolder(
                    f"{path}: its pixels are {image.mode}, not RGBA with 8 bits each; carving and "
                    "the white background need an alpha channel: render with a transparent film"
                )
            return np.asarray(image)
    except (Image.DecompressionBombError, UnidentifiedImageError, OSError, SyntaxError) as error:
        raise BadFolder(f"{path}: not a readable image ({error})") from None


def shrink(image: NDArray[np.uint8], size: int | None, path: Path) -> NDArray[np.uint8]:
    """Average (H, W, 4) over blocks to `size` pixels a side, colours weighted by their alpha."""
    height, width = image.shape[:2]
    if size is None or (height, width) == (size, size):
        return image
    if height != width or width % size:
        raise BadFolder(
            f"{path}: {width}x{height} pixels cannot be averaged to {size}x{size}; "
            "set dataset.size to a divisor of the images' size, or to null to keep it"
        )
    block = width // size
    blocks = image.reshape(size, block, size, block, 4).astype(np.uint32)
    alpha = blocks[..., 3:]
    weight = alpha.sum((1, 3))
    colour = ((blocks[..., :3] * alpha).sum((1, 3)) + weight // 2) // np.maximum(weight, 1)
    opacity = (weight + block * block // 2) // (block * block)
    return np.concatenate([colour, opacity], axis=-1).astype(np.uint8)
