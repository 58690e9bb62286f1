"""GLUE's SST-2: phrases of film reviews, out of the published archive."""

from __future__ import annotations

import zipfile
from pathlib import Path

from blacksmith.datasets.sst2.labelled import BadData, Sentence, Splits
from blacksmith.datasets.sst2.splits import deal
from blacksmith.datasets.sst2.textfile import parse_sentences

# gluebenchmark.com: the published counts, a guard against a cut file.
_counts = {"train": 67_349, "dev": 872}
_labels = {"0": "negative", "1": "positive"}


def read_glue(archive: Path, validation: float) -> Splits:
    """Its development split is the test here: GLUE publishes no labels of its test split.

    Validation is a share of its training split, whose phrases overlap with one another.
    """
    train, test = _read(archive, "train"), _read(archive, "dev")
    train, validated = deal(train, validation)
    return {"train": train, "validation": validated, "test": test}


def _read(archive: Path, split: str) -> list[Sentence]:
    member = f"SST-2/{split}.tsv"
    try:
        with zipfile.ZipFile(archive) as content:
            text = content.read(member)
    except (zipfile.BadZipFile, KeyError) as error:
        raise BadData(f"{archive} is not GLUE's SST-2 archive: {error}") from None
    sentences = parse_sentences(text, f"{archive}/{member}", ".tsv", _labels)
    if len(sentences) != _counts[split]:
        raise BadData(f"{archive}/{member} holds {len(sentences)} sentences, not {_counts[split]}")
    return sentences
