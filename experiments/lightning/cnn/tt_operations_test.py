"""What steps compute on tt, recorded here."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from blacksmith.datasets.mnist.tt_cases import check_image_recipe  # noqa: E402


def test_training_on_tt_needs_only_operations_that_its_stack_knows(tmp_path: Path) -> None:
    check_image_recipe(Path(__file__).with_name("recipe.py"), tmp_path)
