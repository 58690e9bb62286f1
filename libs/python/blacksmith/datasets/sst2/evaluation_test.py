from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from blacksmith.datasets.sst2.evaluation import evaluate_answers, probabilities
from blacksmith.datasets.sst2.labelled import Sentence

labels = ["bad", "good"]
sentences = [
    Sentence("a", "good", "plain"),
    Sentence("b", "good", "plain"),
    Sentence("c", "bad", "negated"),
    Sentence("d", "bad", "negated"),
]
# Right, wrong and sure, right, wrong and unsure.
log_likelihoods = np.log([[0.1, 0.6], [0.8, 0.1], [0.5, 0.2], [0.3, 0.4]])
generated = ["good", "bad", "bad", "nothing"]


def test_the_figures_are_direct_counts(tmp_path: Path) -> None:
    assert evaluate_answers(sentences, labels, log_likelihoods, generated, tmp_path) == {
        "accuracy": 0.5,
        "generation_accuracy": 0.5,
        "accuracy_plain": 0.5,
        "accuracy_negated": 0.5,
    }


def test_the_report_shows_wrong_sentences_surest_first_and_right_ones_least_sure_first(
    tmp_path: Path,
) -> None:
    evaluate_answers(sentences, labels, log_likelihoods, generated, tmp_path)
    matrix, wrong, right = json.loads((tmp_path / "report.json").read_text())["blocks"]
    assert matrix["values"] == [[1, 1], [1, 1]]
    assert [row[0] for row in wrong["rows"]] == ["b", "d"]
    assert [row[0] for row in right["rows"]] == ["c", "a"]
    assert wrong["columns"] == [
        "sentence", "is", "read as", "generated", "likelihood", "log p(bad)", "log p(good)",
    ]  # fmt: skip
    assert wrong["rows"][1] == ["d", "bad", "good", "nothing", 0.5714, -1.204, -0.916]


def test_every_sentence_is_kept_with_its_likelihoods(tmp_path: Path) -> None:
    evaluate_answers(sentences, labels, log_likelihoods, generated, tmp_path)
    kept = json.loads((tmp_path / "evaluation.json").read_text())
    assert [entry["text"] for entry in kept["sentences"]] == ["a", "b", "c", "d"]
    assert kept["sentences"][1]["log_likelihoods"] == [-0.2231, -2.3026]


def test_likelihoods_far_below_zero_do_not_underflow() -> None:
    assert probabilities(np.array([[-2000.0, -2001.0]]))[0, 0] == pytest.approx(
        1 / (1 + np.exp(-1))
    )
