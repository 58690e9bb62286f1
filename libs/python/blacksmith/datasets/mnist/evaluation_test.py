"""Metrics of an evaluation against small cases worked by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from blacksmith.datasets.mnist.evaluation import confusion, cross_entropies, evaluate_logits
from blacksmith.datasets.mnist.splits import Split


def test_cross_entropy_of_a_case_worked_by_hand() -> None:
    logits = np.log(np.array([[0.7, 0.2, 0.1], [0.25, 0.5, 0.25]], np.float32))
    losses, confidence = cross_entropies(logits, np.array([0, 2]))
    assert losses == pytest.approx([-np.log(0.7), -np.log(0.25)], rel=1e-6)
    assert confidence == pytest.approx([0.7, 0.5], rel=1e-6)


def test_cross_entropy_of_large_logits_does_not_overflow() -> None:
    losses, _ = cross_entropies(np.array([[1e4, -1e4]], np.float32), np.array([1]))
    assert losses.tolist() == [2e4]


def test_confusion_counts_truth_in_rows_and_prediction_in_columns() -> None:
    counts = confusion(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0]), 3)
    assert counts.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]


def test_evaluation_keeps_the_worst_mistakes_first(tmp_path: Path) -> None:
    images = np.arange(4 * 784).reshape(4, 784).astype(np.uint8)
    split = Split(images, np.array([0, 1, 2, 3], np.uint8), "mnist")
    logits = np.zeros((4, 10), np.float32)
    logits[0, 0] = 5  # right
    logits[1, 2] = 2  # wrong
    logits[2, 2] = 5  # right
    logits[3, 9] = 8  # very wrong
    metrics = evaluate_logits(logits, split, tmp_path)
    assert metrics["accuracy"] == 0.5
    details = json.loads((tmp_path / "evaluation.json").read_text())
    assert [(m["index"], m["predicted"]) for m in details["mistakes"]] == [(3, 9), (1, 2)]
    assert sum(map(sum, details["confusion"])) == 4
    pictures = load_file(tmp_path / "mistakes.safetensors")["images"]
    np.testing.assert_array_equal(pictures, images[[3, 1]].reshape(2, 28, 28))
    matrix, worst = json.loads((tmp_path / "report.json").read_text())["blocks"]
    assert matrix["values"] == details["confusion"]
    assert [image["image"] for image in worst["images"]] == [
        "mistakes.safetensors#images/0",
        "mistakes.safetensors#images/1",
    ]
    assert worst["images"][0]["caption"] == "3 taken for 9, sure to 1.00"


def test_standardised_images_have_the_published_mean_and_deviation() -> None:
    split = Split(np.array([[0, 255]], np.uint8), np.array([0], np.uint8), "mnist")
    expected = [(0 - 0.1307) / 0.3081, (1 - 0.1307) / 0.3081]
    np.testing.assert_allclose(split.standardised()[0], expected, rtol=1e-5)
