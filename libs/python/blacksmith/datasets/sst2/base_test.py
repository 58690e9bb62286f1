from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from blacksmith.datasets.sst2.base import write_base  # noqa: E402
from blacksmith.datasets.sst2.tokens import Rows  # noqa: E402
from blacksmith.models.torch.causal_lm.base import stored_base  # noqa: E402
from blacksmith.models.torch.causal_lm.base_test import sizes  # noqa: E402
from blacksmith.models.torch.causal_lm.losses import token_losses  # noqa: E402

settings = {**sizes(), "epochs": 3, "batch_size": 4, "learning_rate": 0.01}


def rows(answer: int = 30) -> Rows:
    """Twelve prompts that count up, <bos> before them; an answer; padding."""
    tokens = np.array([[1, *range(n, n + 5), answer, 0] for n in range(3, 15)], np.int32)
    parts = np.array([[1, 1, 1, 1, 1, 1, 2, 0]] * 12, np.uint8)
    return Rows(tokens, parts, np.zeros(12, np.int32))


def written(folder: Path, data: Rows | None = None, **changes: Any) -> dict[str, bytes]:
    write_base(folder, data or rows(), 50, {**settings, **changes}, lambda *_: None)
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("tied", [False, True])
def test_the_base_can_be_read_and_foretells_the_prompts(tmp_path: Path, tied: bool) -> None:
    written(tmp_path / "base", epochs=60, tie_embeddings=tied)
    llama = stored_base(tmp_path / "base", "dataset.base", 50, sizes=sizes(tie_embeddings=tied))
    tokens = torch.from_numpy(rows().tokens).to(torch.int64)
    wanted = torch.tensor([[0, 0, 1, 1, 1, 1, 0, 0]] * 12).bool()
    assert float(token_losses(llama, tokens, wanted).mean()) < 0.2


def test_it_never_sees_an_answer(tmp_path: Path) -> None:
    assert written(tmp_path / "a", rows(answer=30)) == written(tmp_path / "b", rows(answer=40))


def test_the_same_settings_give_the_same_bytes_on_any_number_of_threads(tmp_path: Path) -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        first = written(tmp_path / "a")
    finally:
        torch.set_num_threads(before)
    assert written(tmp_path / "b") == first
    assert written(tmp_path / "c", seed=1) != first


def test_others_can_read_what_is_written(tmp_path: Path) -> None:
    written(tmp_path / "base")
    assert all(file.stat().st_mode & 0o044 == 0o044 for file in (tmp_path / "base").iterdir())
    assert json.loads((tmp_path / "base" / "config.json").read_text())["model_type"] == "llama"
