"""What evaluate reports about a classifier of these images, for any framework's logits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blacksmith.datasets.mnist.splits import Split, class_names
from blacksmith.training.codec import to_raw
from blacksmith.training.report import write_report
from blacksmith.training.tensorfile import write_tensors

_worst = 50


def evaluate_logits(logits: NDArray[np.float32], split: Split, output: Path) -> dict[str, float]:
    """Accuracy and mean cross-entropy; leaves the details for the report in `output`.

    evaluation.json: class names, confusion counts (rows: truth, columns: prediction) and the
    mistakes with the largest loss, worst first. mistakes.safetensors: their images (n, 28, 28).
    report.json: both, for people.
    """
    labels = split.labels.astype(np.int64)
    losses, confidence = cross_entropies(logits, labels)
    predicted = logits.argmax(axis=1)
    classes = class_names[split.variant]
    wrong = np.flatnonzero(predicted != labels)
    worst = wrong[np.argsort(-losses[wrong], kind="stable")][:_worst]
    mistakes = [
        {
            "index": int(i),
            "label": int(labels[i]),
            "predicted": int(predicted[i]),
            "confidence": round(float(confidence[i]), 6),
            "loss": round(float(losses[i]), 6),
        }
        for i in worst
    ]
    details = {
        "classes": classes,
        "confusion": confusion(labels, predicted, len(classes)).tolist(),
        "mistakes": mistakes,
    }
    text = json.dumps(details, ensure_ascii=False, separators=(",", ":"))
    (output / "evaluation.json").write_text(text + "\n", encoding="utf-8")
    images = to_raw(split.images[worst].reshape(-1, 28, 28), "images")
    assert images is not None
    write_tensors(output / "mistakes.safetensors", {"images": images})
    write_report(output, [confusion_block(details), mistakes_block(details)])
    return {"accuracy": float((predicted == labels).mean()), "loss": float(losses.mean())}


def cross_entropies(
    logits: NDArray[np.float32], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """-log p(label) in nats, and the largest probability, of each row; both (N,)."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=1))
    return log_sum - shifted[np.arange(len(labels)), labels], np.exp(-log_sum)


def confusion(
    labels: NDArray[np.int64], predicted: NDArray[np.int64], classes: int
) -> NDArray[np.int64]:
    """Counts (classes, classes): how often `row` was taken for `column`."""
    counts = np.bincount(labels * classes + predicted, minlength=classes**2)
    return counts.reshape(classes, classes).astype(np.int64)


def confusion_block(details: dict[str, Any]) -> dict[str, Any]:
    """The confusion counts as a matrix of the report."""
    counts, classes = details["confusion"], details["classes"]
    return {
        "kind": "matrix",
        "title": "Confusion matrix",
        "note": f"What the {sum(map(sum, counts)):,} test images were taken for.",
        "row_title": "truth",
        "column_title": "taken for",
        "row_labels": classes,
        "column_labels": classes,
        "values": counts,
    }


def mistakes_block(details: dict[str, Any]) -> dict[str, Any]:
    """The worst mistakes as pictures of the report."""
    classes = details["classes"]
    images = []
    for place, mistake in enumerate(details["mistakes"]):
        what = f"{classes[mistake['label']]} taken for {classes[mistake['predicted']]}"
        images.append(
            {
                "image": f"mistakes.safetensors#images/{place}",
                "alt": f"test image {mistake['index']}: {what}",
                "caption": f"{what}, sure to {mistake['confidence']:.2f}",
            }
        )
    return {
        "kind": "images",
        "title": "Worst mistakes",
        "note": "Those test images whose truth the model thought least likely, worst first.",
        "pixelated": True,
        "images": images,
    }
