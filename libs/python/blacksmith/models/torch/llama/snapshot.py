"""Finds the files of a hub model that the data was prepared for, and checks that they are those."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from blacksmith.datasets.sst2 import hub
from blacksmith.datasets.sst2.labelled import BadData
from blacksmith.training.failure import BadInput


def snapshot_of(
    prepared_for: Mapping[str, Any] | None, warn: Callable[[str], None]
) -> tuple[Path, str]:
    """Folder of config.json and weights, and the model's name; raises BadInput."""
    if prepared_for is None or not prepared_for["weights"]:
        raise BadInput(
            "model.weights is hub, but the data was prepared without a hub model's weights",
            remedy="set dataset.hub: { model: owner/name, revision: <commit> },"
            " or model.weights: random",
        )
    model, revision = prepared_for["model"], prepared_for["revision"]
    try:
        config = hub.fetch(model, revision, "config.json")
        for name, digest in prepared_for["weights"].items():
            file = hub.fetch(model, revision, name)
            if hub.digest(file) != digest:
                raise BadInput(
                    f"{file} is not what the data was prepared with",
                    remedy="remove it; it will be downloaded again",
                )
    except BadData as error:
        raise BadInput(str(error), remedy=error.remedy) from None
    return config.parent, model
