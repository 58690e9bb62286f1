"""What a state may hold, and that it comes back."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from blacksmith.training import checkpoint, seeding
from blacksmith.training.codec import State


def state_at(step: int) -> State:
    return {"step": step, "weights": np.full(1000, step, np.float32), "note": "ä"}


def test_a_state_comes_back_as_what_it_was(tmp_path: Path) -> None:
    state = {
        "none": None, "yes": True, "whole": 2**70, "real": 0.1, "infinite": float("inf"),
        "complex": complex(1, float("-inf")), "bytes": b"\x00\xff",
        "tuple": (1, [2, (3,)]), 0: {1: "numbers as keys"},
        "$key": "a dollar", "nested": {"$a": 1}, "scalar": np.float16(0.5),
        np.int64(7): "a number of numpy as a key",
        "arrays": [np.arange(3), np.float32(0.5), np.array(True), np.zeros((0, 2))],
    }  # fmt: skip
    checkpoint.write(tmp_path / "c", state, 1)
    back = checkpoint.read(tmp_path / "c")
    assert [type(key) for key in back] == [type(key) for key in state]
    assert type(back["scalar"]) is np.float16
    arrays, expected = back.pop("arrays"), state.pop("arrays")
    assert back == state
    for array, other in zip(arrays, expected, strict=True):
        assert array.dtype == other.dtype
        np.testing.assert_array_equal(array, other)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (state_at, "a function"),
        (np.ma.masked_array([1, 2], [True, False]), "a MaskedArray"),
        (np.arange(3, dtype=">i4"), "a tensor of the type >i4"),
        (np.array(["a"]), "a tensor of the type str32"),
        ("\ud800", r"'\\ud800', which UTF-8 cannot spell"),
        ({"\ud800": 1}, r"'\\ud800', which UTF-8 cannot spell"),
    ],
)
def test_what_would_not_come_back_is_named(tmp_path: Path, value: object, fault: str) -> None:
    with pytest.raises(TypeError, match=rf"^optimizer\.hook is {fault}"):
        checkpoint.write(tmp_path / "c", {"optimizer": {"hook": value}}, 1)
    assert list(tmp_path.iterdir()) == []


def test_equal_states_give_equal_files(tmp_path: Path) -> None:
    for name in "ab":
        checkpoint.write(tmp_path / name, state_at(1), 1)
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_the_random_state_of_every_library_continues(tmp_path: Path) -> None:
    def draw() -> tuple[float, float]:
        return random.random(), float(np.random.random())

    checkpoint.write(tmp_path / "c", seeding.random_state(), 1)
    first = draw()
    draw()
    seeding.restore_random_state(checkpoint.read(tmp_path / "c"))
    assert draw() == first
