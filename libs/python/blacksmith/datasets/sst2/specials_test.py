from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from blacksmith.datasets.sst2 import hub
from blacksmith.datasets.sst2.labelled import BadData
from blacksmith.datasets.sst2.pretrained import on_hub
from blacksmith.datasets.sst2.specials import find_specials
from blacksmith.datasets.sst2.tokens import Specials, train_tokenizer


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """Its special tokens are <pad>, <bos> and <eos>: 0, 1 and 2."""
    return train_tokenizer(["Review: bad good"], 300)[0]


def find(
    tokenizer: Tokenizer,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    config: dict[str, Any],
    **files: Any,
) -> Specials:
    """What is found where the hub has `files`, by their names without .json."""

    def fetch(model: str, revision: str, name: str) -> Path:
        if not (folder / name).exists():
            raise FileNotFoundError(name)
        return folder / name

    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    monkeypatch.setattr(hub, "fetch", fetch)
    return find_specials(on_hub("me/mine", "c" * 40), config, tokenizer)


@pytest.mark.parametrize(
    ("config", "files", "wanted"),
    [
        ({"pad_token_id": 5, "bos_token_id": 7, "eos_token_id": [9, 8]}, {}, Specials(5, 7, 9)),
        ({"bos_token_id": 7, "eos_token_id": 9}, {}, Specials(9, 7, 9)),
        ({"pad_token_id": -1, "bos_token_id": 7, "eos_token_id": 9}, {}, Specials(9, 7, 9)),
        ({"bos_token_id": None, "eos_token_id": 9}, {}, Specials(9, 9, 9)),
        ({"eos_token_id": 9}, {}, Specials(9, 9, 9)),
        (
            {"bos_token_id": 7},
            {"generation_config": {"bos_token_id": 3, "eos_token_id": [9]}},
            Specials(9, 7, 9),
        ),
        (
            {"eos_token_id": None},
            {"tokenizer_config": {"bos_token": {"content": "<bos>"}, "eos_token": "<eos>"}},
            Specials(2, 1, 2),
        ),
        ({"bos_token_id": 7, "eos_token_id": 999, "vocab_size": 1000}, {}, Specials(999, 7, 999)),
    ],
)
def test_special_tokens_that_are_absent_or_null_are_looked_for_elsewhere(
    tokenizer: Tokenizer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    config: dict[str, Any],
    files: dict[str, Any],
    wanted: Specials,
) -> None:
    assert find(tokenizer, tmp_path, monkeypatch, config, **files) == wanted


@pytest.mark.parametrize(
    "config",
    [{}, {"eos_token_id": None}, {"eos_token_id": []}, {"eos_token_id": 100_000},
     {"eos_token_id": "<eos>"}, {"eos_token_id": True}],
)  # fmt: skip
def test_a_model_without_an_end_is_refused(
    tokenizer: Tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: dict[str, Any]
) -> None:
    with pytest.raises(BadData, match=r"me/mine at revision c+ names no eos_token_id"):
        find(tokenizer, tmp_path, monkeypatch, config, tokenizer_config={"eos_token": "<end>"})
