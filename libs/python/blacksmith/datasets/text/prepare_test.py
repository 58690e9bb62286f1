from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from blacksmith.datasets.text.prepare import divided, prepare
from blacksmith.datasets.text.prepared import Prepared, read_prepared, split_names
from blacksmith.training.failure import BadInput
from blacksmith.training.trial import contents, run_trial

text = "".join(f"Grüße vom {n}. Tag — der wievielte war's? 😀\n" for n in range(300))


def prepared(folder: Path, content: str = text, **dataset: Any) -> Any:
    file = folder / "own.txt"
    file.write_text(content, encoding="utf-8")
    defaults = {
        "name": "text",
        "variant": "python-reference",
        "path": str(file),
        "tokens": "characters",
        "vocabulary": 300,
        "validation": 0.1,
        "test": 0.2,
        "ngram": 6,
    }
    config = {"dataset": {**defaults, **dataset}}
    return run_trial(prepare, config, folder, target="prepare-data")


def read(folder: Path, **dataset: Any) -> Prepared:
    return read_prepared(prepared(folder, **dataset).output, *split_names)


@pytest.mark.parametrize("tokens", ["characters", "bpe"])
def test_the_parts_spell_the_text_one_after_another(tmp_path: Path, tokens: str) -> None:
    data = read(tmp_path, tokens=tokens)
    parts = [data.text_of(data.tokens[split].tolist()) for split in split_names]
    assert "".join(parts) == text
    assert [len(part) for part in parts] == list(data.characters.values())
    assert len(parts[1]) == pytest.approx(0.1 * len(text), abs=2)
    assert len(parts[2]) == pytest.approx(0.2 * len(text), abs=2)


def test_bpe_has_as_many_tokens_as_asked_for_and_knows_every_byte(tmp_path: Path) -> None:
    data = read(tmp_path, tokens="bpe")
    assert data.vocabulary == 300
    assert {bytes([byte]) for byte in range(256)} <= set(data.pieces)
    assert data.characters_per_token("train") > 1.2


def test_equal_texts_give_equal_bytes(tmp_path: Path) -> None:
    for tokens in ("characters", "bpe"):
        one, two = tmp_path / f"{tokens}1", tmp_path / f"{tokens}2"
        one.mkdir()
        two.mkdir()
        assert contents(prepared(one, tokens=tokens)) == contents(prepared(two, tokens=tokens))


def test_the_baseline_is_that_of_the_length_that_validation_likes(tmp_path: Path) -> None:
    ngram = read(tmp_path).ngram
    assert 2 <= ngram["length"] <= 6
    assert 0 < ngram["test"] < 1.5  # the lines differ in their number alone


def test_a_text_that_is_too_short_is_refused_with_how_long_its_parts_are(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="the validation part gets 50; at least 200"):
        prepared(tmp_path, "x" * 500)


def test_a_fault_in_ones_own_file_ends_the_preparation(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    with pytest.raises(BadInput, match="is a folder"):
        prepared(tmp_path, path=str(tmp_path / "own"))


def test_no_character_is_lost_between_the_parts() -> None:
    for length in (2001, 2002, 2003):
        assert "".join(divided("x" * length, 0.11, 0.13).values()) == "x" * length
