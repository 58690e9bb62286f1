"""The prepared data: what prepare-data writes, and loading.py reads for a recipe.

tokens.safetensors   {split}.tokens (N, length) int32, {split}.parts (N, length) uint8,
                     {split}.labels (N,) int32; answers (labels, length) int32 and
                     answer_lengths (labels,) int32
{split}.jsonl        the sentences, in the same order, in the format of a person's own data
tokenizer.json       in the format of the tokenizers library, with tokenizer_config.json and perhaps
                     chat_template.jinja, as the hub has them
dataset.json         labels, counts, special tokens, and which hub model it was made for
base/                where one was asked for, a Llama that foretells the sentences, in the hub's
                     format: config.json, model.safetensors
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from blacksmith.datasets.sst2.labelled import Sentence, Splits, split_names
from blacksmith.datasets.sst2.tokens import Encoder, Rows

base_folder = "base"


def write_prepared(
    folder: Path,
    splits: Splits,
    labels: list[str],
    encoder: Encoder,
    facts: Mapping[str, Any],
) -> dict[str, Rows]:
    """Writes everything but the tokenizer; equal sentences give equal bytes."""
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


def _line(sentence: Sentence) -> str:
    fields = asdict(sentence)
    del fields["origin"]
    return json.dumps(fields, ensure_ascii=False) + "\n"


def _counts(sentences: list[Sentence], labels: list[str]) -> dict[str, int]:
    return {label: sum(s.label == label for s in sentences) for label in labels}
