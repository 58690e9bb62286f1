"""What a recipe gets back from the calls through which it reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from blacksmith.training.failure import NotFinite
from blacksmith.training.trial import run_trial

if TYPE_CHECKING:
    from blacksmith.training.context import Context
    from blacksmith.training.request import Target


def not_a_number(ctx: Context) -> None:
    ctx.progress(3, 5, loss=float("nan"))


@pytest.mark.parametrize(
    ("target", "message", "advice"),
    [
        ("train", "loss became nan at step 3", "lower the learning rate"),
        ("evaluate", "loss became nan", "look at the test data"),
        ("prepare-data", "loss became nan at step 3", "look at the data"),
    ],
)
def test_only_a_training_is_advised_to_take_smaller_steps(
    tmp_path: Path, target: Target, message: str, advice: str
) -> None:
    with pytest.raises(NotFinite) as caught:
        run_trial(not_a_number, {}, tmp_path, target=target)
    assert caught.value.message == message
    assert (caught.value.remedy or "").startswith(advice)
