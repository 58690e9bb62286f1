"""Our safetensors reader and writer against the reference library, and against damaged files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save

from blacksmith.training.codec import from_raw, to_raw
from blacksmith.training.failure import BadInput
from blacksmith.training.tensorfile import Raw, read_tensors, write_tensors


def raw(value: np.ndarray) -> Raw:
    found = to_raw(value, "a tensor")
    assert found is not None
    return found


tensors = {
    "b": np.arange(6, dtype=np.float32).reshape(2, 3),
    "a": np.array([True, False]),
    "scalar": np.array(7, dtype=np.int64),
    "empty": np.zeros((0, 4), dtype=np.float16),
}


def test_the_reference_library_reads_what_we_write(tmp_path: Path) -> None:
    write_tensors(tmp_path / "t.safetensors", {name: raw(t) for name, t in tensors.items()})
    loaded = load_file(tmp_path / "t.safetensors")
    for name, tensor in tensors.items():
        assert loaded[name].dtype == tensor.dtype
        np.testing.assert_array_equal(loaded[name], tensor)


def test_we_read_what_the_reference_library_writes(tmp_path: Path) -> None:
    (tmp_path / "t.safetensors").write_bytes(save(tensors, metadata={"format": "pt"}))
    loaded = read_tensors(tmp_path / "t.safetensors")
    assert loaded.keys() == tensors.keys()
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(from_raw(loaded[name], "numpy"), tensor)


def test_equal_tensors_give_equal_bytes_in_any_order(tmp_path: Path) -> None:
    raws = {name: raw(tensor) for name, tensor in tensors.items()}
    write_tensors(tmp_path / "a", raws)
    write_tensors(tmp_path / "b", dict(reversed(raws.items())))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def with_header(header: object, body: bytes = b"") -> bytes:
    text = json.dumps(header).encode() if not isinstance(header, bytes) else header
    return len(text).to_bytes(8, "little") + text + body


entry = {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "has 0 bytes"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS pointer"),
        ((2**60).to_bytes(8, "little") + b"{}", "header claims"),
        (with_header(b"{nonsense"), "not JSON"),
        (with_header(b"[" * 100_000), "not JSON"),
        (with_header([]), "not a JSON object"),
        (with_header({"t": entry}, b"1234trailing"), "8 bytes too many"),
        (with_header({"t": entry}, b"12"), "reaches outside"),
        (with_header({"t": {**entry, "dtype": "U7"}}, b"1234"), "unknown type U7"),
        (with_header({"t": {**entry, "shape": [5]}}, b"1234"), "4 bytes for the shape"),
        (with_header({"t": {**entry, "shape": [-4]}}, b"1234"), "reaches outside"),
        (with_header({"t": {"dtype": "U8"}}, b"1234"), "malformed"),
        (with_header({"t": entry, "u": entry}, b"1234"), "overlap"),
        (with_header(b'{"t":1,"t":1}'), "twice"),
    ],
)
def test_a_damaged_file_is_named_with_its_fault(tmp_path: Path, content: bytes, fault: str) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(content)
    with pytest.raises(BadInput, match=fault) as caught:
        read_tensors(file)
    assert str(file) in caught.value.message


@pytest.mark.parametrize("cut", [lambda size: 4, lambda size: 20, lambda size: size - 1])
def test_a_file_cut_anywhere_is_refused(tmp_path: Path, cut: Callable[[int], int]) -> None:
    whole = save(tensors)
    (tmp_path / "t").write_bytes(whole[: cut(len(whole))])
    with pytest.raises(BadInput):
        read_tensors(tmp_path / "t")
