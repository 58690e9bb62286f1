"""The weight files of a model's folder, looked at before a library reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from blacksmith.training.failure import BadInput
from blacksmith.training.tensorfile import read_tensors

whole = "model.safetensors"
# A model above 5 GB comes in several files, its shards, which this index names.
index = "model.safetensors.index.json"


def check_weights(folder: Path) -> None:
    """Raises BadInput where `folder` has no safetensors weights, or not all, or cut ones."""
    if (folder / whole).is_file():
        read(folder / whole)
        return
    if not (folder / index).is_file():
        others = sorted(file.name for file in folder.glob("*.bin"))
        pickled = f"; {others[0]} is a pickle, which may run anything" if others else ""
        raise BadInput(
            f"{folder} holds no {whole}, nor an {index}{pickled}",
            remedy="save the model with save_pretrained, which writes safetensors",
        )
    wanted = _shards(folder / index)
    missing = sorted(name for name in wanted if not (folder / name).is_file())
    if missing:
        raise BadInput(
            f"{folder} lacks {len(missing)} of the {len(wanted)} files that {index} names:"
            f" {', '.join(missing[:5])}",
            remedy="copy the missing files there",
        )
    for name, tensors in wanted.items():
        absent = sorted(tensors - read(folder / name).keys())
        if absent:
            raise BadInput(
                f"{folder / name} lacks the tensor {absent[0]}, which {index} says it holds"
            )


def read(file: Path) -> dict[str, Any]:
    """Its tensors, without their bytes; raises BadInput."""
    try:
        return read_tensors(file)
    except BadInput as fault:
        raise BadInput(fault.message, remedy="copy the file anew: it is not whole") from None


def _shards(file: Path) -> dict[str, set[str]]:
    """The names of the tensors in each file."""
    shards: dict[str, set[str]] = {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        content["metadata"]  # transformers wants that, too
        for tensor, name in content["weight_map"].items():
            if Path(name).name != name:
                raise ValueError(f"{name} lies elsewhere")
            shards.setdefault(name, set()).add(tensor)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(f"{file} is no index of weight files: {error}") from None
    return shards
