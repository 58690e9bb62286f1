"""The prepared text: what prepare-data writes, and a recipe reads.

tokens.safetensors   train, validation and test, (N,) uint16, in the order of the text
dataset.json         pieces: the bytes of each token (hexadecimal); characters: of each split;
                     ngram: the baseline's length, and its bits per character of each split
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blacksmith.training.tensorfile import read_tensors

split_names = ("train", "validation", "test")


@dataclass(frozen=True)
class Prepared:
    """The prepared text; its tokens are memory-mapped."""

    tokens: dict[str, NDArray[np.uint16]]
    pieces: list[bytes]
    characters: dict[str, int]
    ngram: dict[str, Any]

    @property
    def vocabulary(self) -> int:
        """How many different tokens there are."""
        return len(self.pieces)

    def characters_per_token(self, split: str) -> float:
        """Of a split, on average."""
        return self.characters[split] / len(self.tokens[split])

    def text_of(self, numbers: list[int]) -> str:
        """What tokens spell; half characters are shown as �."""
        return b"".join(self.pieces[number] for number in numbers).decode("utf-8", "replace")


def read_prepared(folder: Path, *splits: str) -> Prepared:
    """What prepare-data wrote, with the tokens of `splits`."""
    about = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
    tensors = read_tensors(folder / "tokens.safetensors")
    return Prepared(
        tokens={split: np.frombuffer(tensors[split].data, np.uint16) for split in splits},
        pieces=[bytes.fromhex(piece) for piece in about["pieces"]],
        characters=about["characters"],
        ngram=about["ngram"],
    )
