"""Preparation from digits and IDX files, good ones and bad ones."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file

from blacksmith.datasets.mnist.prepare import prepare
from blacksmith.training.failure import BadInput
from blacksmith.training.trial import Trial, run_trial


def idx(array: NDArray[np.uint8]) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def write_idx(folder: Path, train: int = 40, test: int = 10) -> Path:
    folder.mkdir(exist_ok=True)
    random = np.random.default_rng(0)
    for name, count in {"train": train, "t10k": test}.items():
        images = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = random.integers(0, 10, count, dtype=np.uint8)
        (folder / f"{name}-images-idx3-ubyte").write_bytes(idx(images))
        (folder / f"{name}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(labels)))
    return folder


def run(folder: Path, **dataset: Any) -> Trial:
    sources = dataset.pop("sources", None)
    whole = {"variant": "mnist", "source": "small", "path": None, "validation": 8, **dataset}
    return run_trial(prepare, {"dataset": whole}, folder, sources=sources, target="prepare-data")


def splits(trial: Trial) -> dict[str, dict[str, NDArray[np.uint8]]]:
    return {
        name: load_file(trial.output / f"{name}.safetensors")
        for name in ("train", "validation", "test")
    }


def test_own_idx_files_become_three_splits_that_share_no_image(tmp_path: Path) -> None:
    made = splits(run(tmp_path, path=str(write_idx(tmp_path / "own"))))
    assert [len(split["labels"]) for split in made.values()] == [32, 8, 10]
    for split in made.values():
        assert split["images"].shape[1:] == (28, 28)
        assert split["images"].dtype == split["labels"].dtype == np.uint8
    every = np.concatenate([split["images"] for split in made.values()]).reshape(50, -1)
    assert len(np.unique(every, axis=0)) == 50


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    own = str(write_idx(tmp_path / "own"))
    first, second = run(tmp_path / "a", path=own), run(tmp_path / "b", path=own)
    for file in first.output.iterdir():
        assert file.read_bytes() == (second.output / file.name).read_bytes()


def test_downloaded_files_are_taken_by_their_names(tmp_path: Path) -> None:
    own = write_idx(tmp_path / "own")
    sources = {
        "train-images": own / "train-images-idx3-ubyte",
        "train-labels": own / "train-labels-idx1-ubyte.gz",
        "test-images": own / "t10k-images-idx3-ubyte",
        "test-labels": own / "t10k-labels-idx1-ubyte.gz",
    }
    made = splits(run(tmp_path, source="full", sources=sources))
    assert [len(split["labels"]) for split in made.values()] == [32, 8, 10]


def test_digits_of_three_decimals_become_their_grey_values(tmp_path: Path) -> None:
    grey = np.arange(784 * 300, dtype=np.int64) % 256
    sources = {}
    for digit in range(10):
        sources[f"digits-{digit}"] = file = tmp_path / f"{digit}.json"
        file.write_text(json.dumps({"data": [round(g / 255, 3) for g in grey.tolist()]}))
    made = splits(run(tmp_path, sources=sources))
    assert [len(split["labels"]) for split in made.values()] == [1000, 1000, 1000]
    images = {image.tobytes() for image in grey.astype(np.uint8).reshape(-1, 784)}
    assert {image.tobytes() for image in made["train"]["images"]} <= images


def replace(name: str, content: bytes) -> Any:
    return lambda own: (own / name).write_bytes(content)


labels = np.zeros(40, np.uint8)
bad_label = labels.copy()
bad_label[7] = 12


def packed_zeros(sizes: list[int], megabytes: int) -> bytes:
    """A gzip file of IDX's head with these sizes, and zeros."""
    packer = zlib.compressobj(9, wbits=31)
    head = bytes([0, 0, 8, len(sizes)]) + b"".join(size.to_bytes(4, "big") for size in sizes)
    zeros = (packer.compress(bytes(1 << 20)) for _ in range(megabytes))
    return b"".join([packer.compress(head), *zeros, packer.flush()])


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (replace("train-images-idx3-ubyte", bytes([0, 0, 8, 3]) + b"\xff" * 12), "cut short"),
        (
            replace(
                "train-images-idx3-ubyte",
                bytes([0, 0, 8, 3]) + (b"\x80" + bytes(3)) * 2 + bytes([0, 0, 0, 4]),
            ),
            "cut short.* need 18446744073709551616 bytes",
        ),
        (replace("train-images-idx3-ubyte", bytes([0, 0, 8, 3, 0])), "cut short"),
        (
            replace("train-images-idx3-ubyte", idx(np.zeros((4, 28, 28), np.uint8)) + b"x"),
            "too lon",
        ),
        (
            lambda own: (
                (own / "train-labels-idx1-ubyte.gz").unlink(),
                (own / "train-labels-idx1-ubyte").mkdir(),
            ),
            "has no train-labels",
        ),
        (lambda own: (own / "train-images-idx3-ubyte").unlink(), "has no train-images-idx3"),
        (replace("train-images-idx3-ubyte", b"PK\x03\x04"), "is not an IDX file"),
        (replace("train-images-idx3-ubyte", b""), "starts with nothing"),
        (replace("train-images-idx3-ubyte", idx(labels)), "holds 1 dimensions"),
        (replace("train-images-idx3-ubyte", idx(np.zeros((40, 28, 28), np.uint8))[:-1]), "cut"),
        (replace("train-images-idx3-ubyte", idx(np.zeros((40, 9, 9), np.uint8))), "9×9"),
        (replace("train-images-idx3-ubyte", idx(np.zeros((0, 28, 28), np.uint8))), "empty"),
        (replace("train-labels-idx1-ubyte.gz", idx(labels[:39])), "40 images, .* 39 labels"),
        (replace("train-labels-idx1-ubyte.gz", idx(bad_label)), "label 12 of image 7 is out of"),
        (replace("train-labels-idx1-ubyte.gz", gzip.compress(idx(labels))[:-9]), "unpacked"),
    ],
)
def test_a_bad_file_is_named_with_its_fault(tmp_path: Path, damage: Any, fault: str) -> None:
    own = write_idx(tmp_path / "own")
    damage(own)
    with pytest.raises(BadInput, match=fault) as caught:
        run(tmp_path, path=str(own))
    assert str(own) in caught.value.message


@pytest.mark.parametrize(
    ("sizes", "fault"),
    [
        ([10, 28, 28], r"is too long: its sizes \[10, 28, 28\] need 7840 bytes .* has more"),
        ([8_000_000, 28, 28], "would unpack to 6272000000 bytes.* give the plain file"),
        ([2**32 - 1] * 3, "would unpack to"),
    ],
)
def test_a_file_that_unpacks_to_far_more_than_it_should_is_refused_before_it_fills_the_memory(
    tmp_path: Path, sizes: list[int], fault: str
) -> None:
    own = write_idx(tmp_path / "own")
    (own / "train-images-idx3-ubyte").write_bytes(packed_zeros(sizes, 60))
    tracemalloc.start()
    with pytest.raises(BadInput, match=fault):
        run(tmp_path, path=str(own))
    assert tracemalloc.get_traced_memory()[1] < 30 << 20
    tracemalloc.stop()


def test_a_validation_split_as_large_as_the_training_file_is_refused(tmp_path: Path) -> None:
    own = write_idx(tmp_path / "own")
    with pytest.raises(BadInput, match="the training split is empty"):
        run(tmp_path, path=str(own), validation=40)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="absent is not a folder"):
        run(tmp_path, path=str(tmp_path / "absent"))


def test_test_images_that_stand_in_the_training_file_are_reported(tmp_path: Path) -> None:
    own = write_idx(tmp_path / "own")
    assert run(tmp_path / "a", path=str(own)).named("warning") == []
    test = idx(np.random.default_rng(0).integers(0, 256, (40, 28, 28), dtype=np.uint8)[:10])
    (own / "t10k-images-idx3-ubyte").write_bytes(test)
    (warning,) = run(tmp_path / "b", path=str(own)).named("warning")
    assert warning["message"].startswith("10 of 10 images of")
    assert "the first is image 0" in warning["message"]
