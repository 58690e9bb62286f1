"""Orders of epochs, held and computed."""

from __future__ import annotations

import numpy as np
import pytest

from blacksmith.training import order
from blacksmith.training.order import ComputedOrder, sliceable_order


@pytest.mark.parametrize("count", [1, 2, 3, 255, 256, 257, 10_000])
def test_a_computed_order_visits_every_sample_once(count: int) -> None:
    found = ComputedOrder(3, 1, count)
    assert sorted(found[:].tolist()) == list(range(count))
    parts = [found[begin : begin + 100] for begin in range(0, count, 100)]
    assert np.concatenate(parts).tolist() == found[:].tolist()


def test_seed_and_epoch_shuffle_a_computed_order_well() -> None:
    one = ComputedOrder(0, 0, 100_000)[:50_000]
    assert one.mean() == pytest.approx(50_000, rel=0.01)
    assert np.corrcoef(one[:-1], one[1:])[0, 1] == pytest.approx(0, abs=0.02)
    for other in (ComputedOrder(1, 0, 100_000), ComputedOrder(0, 1, 100_000)):
        assert np.corrcoef(one, other[:50_000])[0, 1] == pytest.approx(0, abs=0.02)


def test_only_long_orders_are_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(sliceable_order(0, 0, 100), np.ndarray)
    monkeypatch.setattr(order, "_longest_held", 99)
    assert isinstance(sliceable_order(0, 0, 100), ComputedOrder)
