"""The prepared data: what prepare-data writes and a recipe reads.

tokens.safetensors   {split}.tokens (N, length) int32, {split}.parts (N, length) uint8,
                     {split}.labels (N,) int32; answers (labels, length) int32 and
                     answer_lengths (labels,) int32
{split}.jsonl        the sentences, in the same order, in the format of a person's own data
tokenizer.json       in the format of the tokenizers library
dataset.json         labels, counts, special tokens, and which hub model it was made for
base/                where one was asked for, a Llama that foretells the sentences, in the hub's
                     format: config.json, model.safetensors
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save

from blacksmith.datasets.sst2.labelled import Sentence, Splits, split_names
from blacksmith.datasets.sst2.tokens import Encoder, Rows, Specials

base_folder = "base"


@dataclass(frozen=True)
class Prepared:
    """The prepared data in memory."""

    rows: Mapping[str, Rows]
    # The tokens of each label's answer, in the order of the labels.
    answers: list[list[int]]
    labels: list[str]
    specials: Specials
    vocabulary: int
    # model, revision and digests of weight files, where it was made for a model on a hub
    hub: Mapping[str, Any] | None


def write_prepared(
    folder: Path,
    splits: Splits,
    labels: list[str],
    encoder: Encoder,
    facts: Mapping[str, Any],
) -> dict[str, Rows]:
    """Writes everything but tokenizer.json; equal sentences give equal bytes."""
    rows = {split: encoder.rows(splits[split], labels) for split in split_names}
    tensors: dict[str, NDArray[Any]] = {}
    for split in split_names:
        tensors[f"{split}.tokens"] = rows[split].tokens
        tensors[f"{split}.parts"] = rows[split].parts
        tensors[f"{split}.labels"] = rows[split].labels
        text = "".join(_line(sentence) for sentence in splits[split])
        (folder / f"{split}.jsonl").write_text(text, encoding="utf-8")
    answers = [encoder.answer(label) for label in labels]
    lengths = np.array([len(ids) for ids in answers], np.int32)
    padded = np.zeros((len(labels), lengths.max()), np.int32)
    for row, ids in enumerate(answers):
        padded[row, : len(ids)] = ids
    tensors |= {"answers": padded, "answer_lengths": lengths}
    # Not save_file: it makes files that only their owner can read, and stores are shared.
    (folder / "tokens.safetensors").write_bytes(save(tensors))
    counts = {split: _counts(splits[split], labels) for split in split_names}
    about = {"version": 1, "labels": labels, "counts": counts, **facts}
    text = json.dumps(about, ensure_ascii=False, indent=2)
    (folder / "dataset.json").write_text(text + "\n", encoding="utf-8")
    return rows


def read_prepared(folder: Path, *splits: str) -> Prepared:
    """What `write_prepared` wrote, with the rows of `splits`."""
    about = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
    tensors = load_file(folder / "tokens.safetensors")
    lengths = tensors["answer_lengths"]
    return Prepared(
        rows={
            split: Rows(
                tensors[f"{split}.tokens"], tensors[f"{split}.parts"], tensors[f"{split}.labels"]
            )
            for split in splits
        },
        answers=[row[:n].tolist() for row, n in zip(tensors["answers"], lengths, strict=True)],
        labels=about["labels"],
        specials=Specials(**about["specials"]),
        vocabulary=about["vocabulary"],
        hub=about["hub"],
    )


def read_split(folder: Path, split: str) -> list[Sentence]:
    """The sentences of a split."""
    lines = (folder / f"{split}.jsonl").read_text(encoding="utf-8").split("\n")
    return [Sentence(**json.loads(line)) for line in lines if line]


def _line(sentence: Sentence) -> str:
    fields = asdict(sentence)
    del fields["origin"]
    return json.dumps(fields, ensure_ascii=False) + "\n"


def _counts(sentences: list[Sentence], labels: list[str]) -> dict[str, int]:
    return {label: sum(s.label == label for s in sentences) for label in labels}
