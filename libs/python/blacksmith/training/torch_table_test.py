"""Tables of rows, resident and streamed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from blacksmith.training.torch_table import Table  # noqa: E402

values = np.arange(12, dtype=np.uint8).reshape(6, 2)
values.flags.writeable = False  # as memory-mapped files are


def read(asked: list[Any]) -> Any:
    def columns(rows: Any) -> tuple[Any, ...]:
        asked.append(rows)
        return values[rows], values[rows].sum(1, dtype=np.int64)

    return columns


@pytest.mark.parametrize("loading", ["resident", "streamed"])
def test_a_batch_has_the_columns_of_its_rows_in_their_order(loading: str) -> None:
    pairs, sums = Table(read([]), "cpu", loading)[torch.tensor([4, 0, 4])]
    assert pairs.tolist() == [[8, 9], [0, 1], [8, 9]]
    assert pairs.dtype == torch.uint8
    assert sums.tolist() == [17, 1, 17]


def test_a_resident_table_reads_once_and_a_streamed_one_only_what_is_asked() -> None:
    once: list[Any] = []
    each: list[Any] = []
    for table in (Table(read(once), "cpu", "resident"), Table(read(each), "cpu", "streamed")):
        table[torch.tensor([1])], table[torch.tensor([2, 3])]
    assert once == [slice(None)]
    assert [rows.tolist() for rows in each] == [[1], [2, 3]]
