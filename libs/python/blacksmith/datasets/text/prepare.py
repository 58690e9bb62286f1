"""prepare-data: a text as tokens, in three parts, and what counting n-grams gets on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors.numpy import save

from blacksmith.datasets.text.ngrams import bits_by_length
from blacksmith.datasets.text.textfile import BadText, python_reference, read_text
from blacksmith.datasets.text.tokens import Bpe, Characters, Numbers

if TYPE_CHECKING:
    from blacksmith.datasets.text.parameters import PrepareParameters
    from blacksmith.training.context import Context

# Fewer characters in a part say nothing.
_fewest = 200


def prepare(ctx: Context[PrepareParameters]) -> None:
    """Leaves tokens.safetensors and dataset.json."""
    dataset = ctx.config.dataset
    try:
        own = dataset.path
        text = python_reference() if own is None else read_text(Path(own))
        parts = divided(text, dataset.validation, dataset.test)
        coder = (
            Characters(text)
            if dataset.tokens == "characters"
            else Bpe(parts["train"], dataset.vocabulary)
        )
    except BadText as error:
        raise ctx.bad_input(str(error), remedy=error.remedy) from None
    tokens = {split: coder.encode(part) for split, part in parts.items()}
    characters = {split: len(part) for split, part in parts.items()}
    about = {
        "version": 1,
        "characters": characters,
        "ngram": _baseline(tokens, characters, len(coder.pieces), dataset.ngram),
        "pieces": [piece.hex() for piece in coder.pieces],
    }
    # Not save_file: it makes files that only their owner can read, and stores are shared.
    (ctx.output / "tokens.safetensors").write_bytes(save(tokens))
    (ctx.output / "dataset.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def divided(text: str, validation: float, test: float) -> dict[str, str]:
    """The text's beginning for training, then validation, and its end for the test.

    Raises BadText where a part is too short.
    """
    ends = [round((1 - validation - test) * len(text)), round((1 - test) * len(text)), len(text)]
    begins = [0, *ends[:-1]]
    names = ("train", "validation", "test")
    parts = {n: text[b:e] for n, b, e in zip(names, begins, ends, strict=True)}
    for name, part in parts.items():
        if len(part) < _fewest:
            raise BadText(
                f"the text has {len(text)} characters, of which the {name} part gets {len(part)};"
                f" at least {_fewest} are needed",
                remedy="give a longer text, or a larger share in dataset.validation and"
                " dataset.test",
            )
    return parts


def _baseline(
    tokens: dict[str, Numbers], characters: dict[str, int], vocabulary: int, longest: int
) -> dict[str, Any]:
    """Bits per character; the length is chosen on validation, so the test has no say in it."""
    bits = {
        split: [
            value * len(tokens[split]) / characters[split]
            for value in bits_by_length(tokens["train"], tokens[split], vocabulary, longest)
        ]
        for split in ("validation", "test")
    }
    best = min(range(len(bits["validation"])), key=bits["validation"].__getitem__)
    return {"length": best + 1, **{split: values[best] for split, values in bits.items()}}
