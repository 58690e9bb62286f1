"""Finds the weights that the data was prepared with: its own base, or a hub model's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from blacksmith.datasets.sst2 import hub
from blacksmith.datasets.sst2.labelled import BadData
from blacksmith.datasets.sst2.prepared import base_folder
from blacksmith.training.failure import BadInput


def prepared_base(data: Path) -> Path:
    """Folder of config.json and weights in prepared data; raises BadInput when it holds none."""
    folder = data / base_folder
    if not folder.is_dir():
        raise BadInput(
            "model.weights is prepared, but the data was prepared without a base",
            remedy="set dataset.base: {}, or another model.weights",
        )
    return folder


def snapshot_of(prepared_for: Mapping[str, Any] | None) -> tuple[Path, str]:
    """The same of a hub model in the hub's cache, and its name; raises BadInput.

    The files must be, to the byte, those that the data was prepared with.
    """
    if prepared_for is None or not prepared_for["weights"]:
        raise BadInput(
            "model.weights is hub, but the data was prepared without a hub model's weights",
            remedy="set dataset.hub: { model: owner/name, revision: <commit> },"
            " or another model.weights",
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
