"""The prepared data for a recipe."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from blacksmith.datasets.sst2.labelled import Sentence
from blacksmith.datasets.sst2.tokens import Rows, Specials
from blacksmith.training.tensorfile import read_tensors

Number = TypeVar("Number", np.int32, np.uint8)


@dataclass(frozen=True)
class Prepared:
    """The prepared data."""

    rows: Mapping[str, Rows]
    # The tokens of each label's answer, in the order of the labels.
    answers: list[list[int]]
    labels: list[str]
    specials: Specials
    vocabulary: int
    # model, revision and digests of weight files, where it was made for a model on a hub
    hub: Mapping[str, Any] | None


def read_prepared(folder: Path, *splits: str) -> Prepared:
    """What `write_prepared` wrote; the rows of `splits` are memory-mapped."""
    about = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
    tensors = read_tensors(folder / "tokens.safetensors")

    def array(name: str, dtype: type[Number]) -> NDArray[Number]:
        return np.frombuffer(tensors[name].data, dtype).reshape(tensors[name].shape)

    answers, lengths = array("answers", np.int32), array("answer_lengths", np.int32)
    return Prepared(
        rows={
            split: Rows(
                array(f"{split}.tokens", np.int32),
                array(f"{split}.parts", np.uint8),
                array(f"{split}.labels", np.int32),
            )
            for split in splits
        },
        answers=[row[:n].tolist() for row, n in zip(answers, lengths, strict=True)],
        labels=about["labels"],
        specials=Specials(**about["specials"]),
        vocabulary=about["vocabulary"],
        hub=about["hub"],
    )


def read_split(folder: Path, split: str) -> list[Sentence]:
    """The sentences of a split."""
    lines = (folder / f"{split}.jsonl").read_text(encoding="utf-8").split("\n")
    return [Sentence(**json.loads(line)) for line in lines if line]
