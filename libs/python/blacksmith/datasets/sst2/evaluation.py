"""What evaluate reports about a classifier of sentences: figures, and details for the report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blacksmith.datasets.sst2.labelled import Sentence
from blacksmith.training.report import write_report

_most_shown = 50
# More columns than this are no table that anybody reads.
_most_likelihood_columns = 4


def evaluate_answers(
    sentences: Sequence[Sentence],
    labels: Sequence[str],
    log_likelihoods: NDArray[np.float64],
    generated: Sequence[str],
    output: Path,
) -> dict[str, float]:
    """Accuracy by likelihood and by generation, in all and for each form of the grammar.

    log_likelihoods: (N, labels), log p in nats of each label's answer. Leaves in `output`:
    evaluation.json, every sentence with its likelihoods, and report.json, what the report shows.
    """
    truth = np.array([labels.index(sentence.label) for sentence in sentences])
    read = log_likelihoods.argmax(axis=1)
    right = read == truth
    said = np.array([text == s.label for text, s in zip(generated, sentences, strict=True)])
    metrics = {"accuracy": float(right.mean()), "generation_accuracy": float(said.mean())}
    for form in sorted({sentence.form for sentence in sentences} - {""}):
        chosen = np.array([sentence.form == form for sentence in sentences])
        metrics[f"accuracy_{form}"] = float(right[chosen].mean())

    certainty = probabilities(log_likelihoods)
    _write_json(
        output / "evaluation.json",
        {
            "labels": list(labels),
            "sentences": [
                {
                    "text": sentence.text,
                    "label": sentence.label,
                    "read_as": labels[read[i]],
                    "generated": generated[i],
                    "log_likelihoods": [round(float(v), 4) for v in log_likelihoods[i]],
                }
                for i, sentence in enumerate(sentences)
            ],
        },
    )
    rows = _Rows(sentences, labels, read, certainty, log_likelihoods, generated)
    # The surest mistakes show most; of the right ones those that were nearly wrong.
    wrong = sorted(map(int, np.flatnonzero(~right)), key=lambda i: -certainty[i, read[i]])
    unsure = sorted(map(int, np.flatnonzero(right)), key=lambda i: certainty[i, read[i]])
    blocks = [
        _confusion_block(truth, read, labels),
        rows.block("Wrong sentences", f"{len(wrong)} of {len(truth)}; the surest first.", wrong),
        rows.block(
            "Right sentences", f"{len(unsure)} of {len(truth)}; the least sure first.", unsure
        ),
    ]
    write_report(output, blocks)
    return metrics


def probabilities(log_likelihoods: NDArray[np.float64]) -> NDArray[np.float64]:
    """How likely each label is among the labels, (N, labels); each row adds up to 1."""
    weights = np.exp(log_likelihoods - log_likelihoods.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return shares


class _Rows:
    """Rows of the report's tables of sentences."""

    def __init__(
        self,
        sentences: Sequence[Sentence],
        labels: Sequence[str],
        read: NDArray[np.int64],
        certainty: NDArray[np.float64],
        log_likelihoods: NDArray[np.float64],
        generated: Sequence[str],
    ) -> None:
        self.sentences = sentences
        self.labels = labels
        self.read = read
        self.certainty = certainty
        self.log_likelihoods = log_likelihoods
        self.generated = generated
        self.with_all = len(labels) <= _most_likelihood_columns

    def block(self, title: str, note: str, chosen: Sequence[int]) -> dict[str, Any]:
        columns = ["sentence", "is", "read as", "generated", "likelihood"]
        if self.with_all:
            columns += [f"log p({label})" for label in self.labels]
        rows = [self._row(i) for i in chosen[:_most_shown]]
        return {"kind": "table", "title": title, "note": note, "columns": columns, "rows": rows}

    def _row(self, i: int) -> list[str | float]:
        sentence, read = self.sentences[i], self.read[i]
        likelihood = round(float(self.certainty[i, read]), 4)
        row: list[str | float] = [
            sentence.text, sentence.label, self.labels[read], self.generated[i], likelihood,
        ]  # fmt: skip
        if self.with_all:
            row += [round(float(value), 3) for value in self.log_likelihoods[i]]
        return row


def _confusion_block(
    truth: NDArray[np.int64], read: NDArray[np.int64], labels: Sequence[str]
) -> dict[str, Any]:
    size = len(labels)
    counts = np.bincount(truth * size + read, minlength=size**2).reshape(size, size)
    return {
        "kind": "matrix",
        "title": "Labels",
        "row_title": "is",
        "column_title": "read as",
        "row_labels": list(labels),
        "column_labels": list(labels),
        "values": counts.tolist(),
    }


def _write_json(file: Path, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    file.write_text(text + "\n", encoding="utf-8")
