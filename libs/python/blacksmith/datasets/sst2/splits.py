"""Makes training, validation and test splits, and checks that they can be trusted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from blacksmith.datasets.sst2.doubts import refuse_mistaken, warn_of_doubts
from blacksmith.datasets.sst2.labelled import BadData, Sentence, Splits, split_names
from blacksmith.datasets.sst2.textfile import read_sentences, suffixes

Warn = Callable[[str], None]

# The order in which sentences are dealt to the splits. It is no parameter: results of different
# seeds are comparable only on the same test sentences.
_deal_seed = 20260101


def read_own(path: Path, validation: float, test: float) -> Splits:
    """The splits of a person's own data.

    A folder holds train, test and perhaps validation, each a .tsv or .jsonl; a single file is
    dealt. `validation` and `test` are the shares that are taken out where there is no file.
    """
    if path.is_dir():
        files = {split: _only_file(path, split) for split in split_names}
        for split in ("train", "test"):
            if files[split] is None:
                wanted = " or ".join(f"{split}{suffix}" for suffix in suffixes)
                raise BadData(f"{path} holds no {wanted}")
        splits = {split: read_sentences(file) for split, file in files.items() if file is not None}
        if "validation" not in splits:
            splits["train"], splits["validation"] = deal(splits["train"], validation)
        return splits
    if not path.is_file():
        raise BadData(f"dataset.path {path} does not exist")
    if path.suffix.lower() not in suffixes:
        raise BadData(f"{path} is neither a {' nor a '.join(suffixes)} file")
    rest, tested = deal(read_sentences(path), test)
    train, validated = deal(rest, validation / (1 - test))
    return {"train": train, "validation": validated, "test": tested}


def deal(sentences: Sequence[Sentence], share: float) -> tuple[list[Sentence], list[Sentence]]:
    """Everything but a share of each label's texts, and that share: the same ones each time.

    A text that stands there twice goes to one side with all its copies. A label with a single
    text stays on the first side.
    """
    random = np.random.default_rng(_deal_seed)
    by_label: dict[str, dict[str, None]] = {}
    seen: set[str] = set()
    for sentence in sentences:
        if sentence.text not in seen:
            seen.add(sentence.text)
            by_label.setdefault(sentence.label, {})[sentence.text] = None
    taken: set[str] = set()
    for label in sorted(by_label):
        texts = list(by_label[label])
        count = min(len(texts) - 1, max(1, round(share * len(texts))))
        taken |= {texts[i] for i in random.permutation(len(texts))[:count]}
    return (
        [sentence for sentence in sentences if sentence.text not in taken],
        [sentence for sentence in sentences if sentence.text in taken],
    )


def checked(splits: Splits, warn: Warn) -> Splits:
    """The splits without what would make a result better than it is; raises BadData.

    A text of the test split is removed from the others, one of validation from training.
    """
    every = [sentence for split in split_names for sentence in splits[split]]
    refuse_mistaken(every)
    if any(sentence.origin for sentence in every):
        warn_of_doubts(every, warn)
    clean: Splits = {}
    reserved: set[str] = set()
    for split in reversed(split_names):
        kept = [sentence for sentence in splits[split] if sentence.text not in reserved]
        removed = len(splits[split]) - len(kept)
        if removed:
            warn(
                f"{removed} sentences of the {split} split are left out: they occur in a later one"
            )
        reserved |= {sentence.text for sentence in kept}
        clean[split] = kept
    clean = {split: clean[split] for split in split_names}
    for split, sentences in clean.items():
        if not sentences:
            raise BadData(f"the {split} split is empty")
        _warn_of_contradictions(split, sentences, warn)
    _check_labels(clean)
    return clean


def labels_of(splits: Splits) -> list[str]:
    """The labels, in the order of their numbers."""
    return sorted({sentence.label for sentence in splits["train"]})


def _check_labels(splits: Splits) -> None:
    known = labels_of(splits)
    if len(known) < 2:
        raise BadData(
            f"the train split has only the label {known[0]}: there is nothing to tell apart"
        )
    for split in split_names[1:]:
        for sentence in splits[split]:
            if sentence.label not in known:
                where = sentence.origin or f"the {split} split"
                raise BadData(
                    f"{where}: the label {sentence.label} does not occur in the train split"
                    f" ({', '.join(known[:10])})"
                )


def _warn_of_contradictions(split: str, sentences: list[Sentence], warn: Warn) -> None:
    labels: dict[str, Sentence] = {}
    contradicting: Counter[str] = Counter()
    for sentence in sentences:
        first = labels.setdefault(sentence.text, sentence)
        if first.label != sentence.label:
            contradicting[f"{first.origin} and {sentence.origin}"] += 1
    if contradicting:
        example = next(iter(contradicting))
        warn(
            f"{contradicting.total()} sentences of the {split} split stand there with two labels"
            f" ({example})"
        )


def _only_file(folder: Path, split: str) -> Path | None:
    found = [folder / f"{split}{suffix}" for suffix in suffixes]
    found = [file for file in found if file.is_file()]
    if len(found) > 1:
        raise BadData(f"{folder} holds both {found[0].name} and {found[1].name}")
    return found[0] if found else None
