"""prepare-data: three safetensors files, each with images (N, 28, 28) and labels (N,), uint8."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from blacksmith.datasets.mnist.idx import IdxError, read_idx

if TYPE_CHECKING:
    from blacksmith.datasets.mnist.parameters import PrepareParameters
    from blacksmith.training.context import Context

Bytes = NDArray[np.uint8]
Split = tuple[Bytes, Bytes]

classes = 10
side = 28

# The order in which images are dealt to the splits. It is no parameter: results of different
# seeds are comparable only on the same test images.
_split_seed = 20260101
_small_validation, _small_test = 1000, 1000

_idx_names = {
    "train-images": ("train-images-idx3-ubyte", "train-images.idx3-ubyte"),
    "train-labels": ("train-labels-idx1-ubyte", "train-labels.idx1-ubyte"),
    "test-images": ("t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte"),
    "test-labels": ("t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte"),
}


def prepare(ctx: Context[PrepareParameters]) -> None:
    """Makes train, validation and test.safetensors in the output folder."""
    dataset = ctx.config.dataset
    try:
        if dataset.path is not None:
            files = own_files(Path(dataset.path))
            splits = from_idx(files, dataset.validation)
            warn_of_seen_images(splits, files, ctx.warn)
        elif dataset.source == "full":
            splits = from_idx(ctx.sources, dataset.validation)
        else:
            splits = from_digits(ctx.sources)
    except IdxError as error:
        raise ctx.bad_input(
            str(error), remedy="give the file as published, or mend dataset.path"
        ) from None
    for name, (images, labels) in splits.items():
        tensors = {"images": np.ascontiguousarray(images), "labels": np.ascontiguousarray(labels)}
        # Not save_file: it makes files that only their owner can read, and stores are shared.
        (ctx.output / f"{name}.safetensors").write_bytes(save(tensors))


def from_digits(sources: Mapping[str, Path]) -> dict[str, Split]:
    """8,000, 1,000 and 1,000 of the npm package's digits."""
    images: list[Bytes] = []
    labels: list[Bytes] = []
    for digit in range(classes):
        digits = read_digits(sources[f"digits-{digit}"])
        images.append(digits)
        labels.append(np.full(len(digits), digit, np.uint8))
    whole = (np.concatenate(images), np.concatenate(labels))
    rest, test = deal(whole, _small_test)
    train, validation = deal(rest, _small_validation)
    return {"train": train, "validation": validation, "test": test}


def read_digits(file: Path) -> Bytes:
    """The images (N, 28, 28) of one digit from the npm package's JSON of grey values in [0, 1]."""
    try:
        values = np.asarray(json.loads(file.read_text(encoding="utf-8"))["data"], np.float64)
    except (ValueError, KeyError, TypeError) as error:
        raise IdxError(f"{file} does not hold digits as JSON: {error}") from None
    if values.ndim != 1 or values.size == 0 or values.size % side**2:
        raise IdxError(f"{file} holds {values.size} values, not a number of {side}×{side} images")
    if not (values.min() >= 0 and values.max() <= 1):
        raise IdxError(f"{file} holds values outside 0 to 1")
    return np.rint(values * 255).astype(np.uint8).reshape(-1, side, side)


def from_idx(files: Mapping[str, Path], validation: int) -> dict[str, Split]:
    """The published test file as test split; the training file less `validation` images."""
    whole = _checked_pair(files["train-images"], files["train-labels"])
    test = _checked_pair(files["test-images"], files["test-labels"])
    count = len(whole[0])
    if validation >= count:
        raise IdxError(
            f"{files['train-images']} has {count} images; with dataset.validation {validation}"
            " the training split is empty"
        )
    train, held_out = deal(whole, validation)
    return {"train": train, "validation": held_out, "test": test}


def warn_of_seen_images(
    splits: Mapping[str, Split], files: Mapping[str, Path], warn: Callable[[str], None]
) -> None:
    """Warns where the test split judges by an image that training or the choice of a model saw."""
    seen = {image.tobytes() for name in ("train", "validation") for image in splits[name][0]}
    known = [number for number, image in enumerate(splits["test"][0]) if image.tobytes() in seen]
    if known:
        warn(
            f"{len(known)} of {len(splits['test'][0])} images of {files['test-images']} stand in "
            f"{files['train-images']} too (the first is image {known[0]}): the test figures will "
            "be better than the model is; take them out of one of the two"
        )


def deal(whole: Split, count: int) -> tuple[Split, Split]:
    """Everything but `count` images, and those: the same ones each time."""
    images, labels = whole
    order = np.random.default_rng(_split_seed).permutation(len(images))
    rest, taken = order[count:], order[:count]
    return (images[rest], labels[rest]), (images[taken], labels[taken])


def own_files(folder: Path) -> dict[str, Path]:
    """The four IDX files in a person's own folder."""
    if not folder.is_dir():
        raise IdxError(f"dataset.path {folder} is not a folder")
    found: dict[str, Path] = {}
    for role, names in _idx_names.items():
        candidates = [folder / f"{name}{end}" for name in names for end in ("", ".gz")]
        present = [file for file in candidates if file.is_file()]
        if not present:
            raise IdxError(f"{folder} has no {names[0]} (or {names[0]}.gz)")
        found[role] = present[0]
    return found


def _checked_pair(images_file: Path, labels_file: Path) -> Split:
    images, labels = read_idx(images_file, 3), read_idx(labels_file, 1)
    if images.shape[1:] != (side, side):
        height, width = images.shape[1:]
        raise IdxError(f"{images_file} holds images of {height}×{width}; {side}×{side} are needed")
    if len(images) == 0:
        raise IdxError(f"{images_file} holds no images: its split is empty")
    if len(images) != len(labels):
        raise IdxError(
            f"{images_file} holds {len(images)} images, {labels_file} {len(labels)} labels"
        )
    wrong = np.flatnonzero(labels >= classes)
    if wrong.size:
        first = wrong[0]
        raise IdxError(
            f"{labels_file}: label {labels[first]} of image {first} is out of range,"
            f" 0 to {classes - 1} ({wrong.size} such labels)"
        )
    return images, labels
