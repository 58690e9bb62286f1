from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from blacksmith.datasets.text.torch_text import (  # noqa: E402
    TorchText,
    epoch_begins,
    rows_in,
    scoring_rows,
)

tokens = np.arange(1000, dtype=np.uint16)


@pytest.mark.parametrize("loading", ["resident", "streamed"])
def test_each_token_is_followed_by_its_target(loading: str) -> None:
    inputs, targets = TorchText(tokens, 5, torch.device("cpu"), loading)[torch.tensor([0, 994])]
    assert inputs.tolist() == [[0, 1, 2, 3, 4], [994, 995, 996, 997, 998]]
    assert torch.equal(targets, inputs + 1)


def test_an_epochs_rows_follow_one_another_and_begin_elsewhere_each_time() -> None:
    starts = set()
    for epoch in range(20):
        begins = epoch_begins(1000, 64, 0, epoch)
        assert len(begins) == rows_in(1000, 64) == 14
        assert torch.equal(begins.diff(), torch.full((13,), 64))
        assert int(begins[-1]) + 64 < 1000
        starts.add(int(begins[0]))
        assert torch.equal(begins, epoch_begins(1000, 64, 0, epoch))
    assert len(starts) > 10
    assert rows_in(100, 64) == 0


@pytest.mark.parametrize("count", [9, 10, 16, 17, 100, 101, 1000])
def test_each_token_but_the_first_is_scored_once_with_half_a_row_before_it(count: int) -> None:
    begins, firsts = scoring_rows(count, 8)
    scored = [
        (begin + 1 + column, column)
        for begin, first in zip(begins.tolist(), firsts.tolist(), strict=True)
        for column in range(first, 8)
    ]
    assert [target for target, _ in scored] == list(range(1, count))
    assert all(column >= min(3, target - 1) for target, column in scored)
