"""What is true of recipes with torch in particular, as tests that their own inherit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook


class ThreadsAsBefore:
    """Beside `RecipeCases`: a run sets the number of torch's threads for the whole process."""

    @pytest.fixture(autouse=True)
    def _threads_as_before(self) -> Iterator[None]:
        before = torch.get_num_threads()
        yield
        torch.set_num_threads(before)


class TorchCases(ThreadsAsBefore):
    """Beside `TrainingCases`: each batch is one step, at the rate that its schedule says."""

    # Parameters of training, and the learning rate at each step (from 0) of such a run.
    rates: ClassVar[Iterable[tuple[dict[str, Any], Callable[[int], float]]]]
    # Of a run as `parameters` says.
    steps: ClassVar[int]

    def test_each_batch_is_one_step_at_the_rate_of_its_schedule(
        self: Any,
        data: Path,
        tmp_path: Path,
        rate: tuple[dict[str, Any], Callable[[int], float]],
    ) -> None:
        training, expected = rate
        rates: list[float] = []
        hook = register_optimizer_step_pre_hook(
            lambda optimizer, *_: rates.append(optimizer.param_groups[0]["lr"])
        )
        self.train(data, tmp_path, self.config(**training))
        hook.remove()
        assert rates == pytest.approx([expected(step) for step in range(self.steps)])
