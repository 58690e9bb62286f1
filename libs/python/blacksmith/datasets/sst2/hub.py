"""Files of a model on a Hugging Face hub, at a pinned revision, in the hub's own local cache.

The token is found by huggingface_hub (HF_TOKEN, or what `hf auth login` stored) and passes through
no variable of ours.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from blacksmith.datasets.sst2.labelled import BadData

weights_name = "model.safetensors"
# A model above 5 GB comes in several weight files, which this index names.
index_name = "model.safetensors.index.json"


def fetch(model: str, revision: str, name: str) -> Path:
    """Local path of one file, downloaded if need be; raises BadData with what to do.

    `revision` is a commit's digest: with it the file's content is fixed.
    """
    from huggingface_hub import errors, hf_hub_download

    what = f"{name} of {model} at revision {revision}"
    try:
        return Path(hf_hub_download(model, name, revision=revision))
    except errors.GatedRepoError:
        raise BadData(
            f"{what} is gated: its owner asks for an agreement and a token",
            remedy="accept the terms on the model's page, then put a token of that account into"
            " HF_TOKEN; or do without: --set dataset.hub=null --set model.weights=random",
        ) from None
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError) as error:
        missing = "revision" if isinstance(error, errors.RevisionNotFoundError) else "model"
        raise BadData(
            f"{what} is not there: the hub knows no such {missing}, or hides it without a token",
            remedy="check dataset.hub.model and dataset.hub.revision; a private model needs a token"
            " in HF_TOKEN",
        ) from None
    except errors.RemoteEntryNotFoundError:
        raise FileNotFoundError(what) from None
    except (errors.LocalEntryNotFoundError, errors.HfHubHTTPError, OSError) as error:
        reason = str(error.__cause__ or error).strip().splitlines()[0]
        raise BadData(
            f"{what} could not be downloaded: {reason}",
            remedy="check the network (HF_ENDPOINT names another hub), or copy the model into the"
            " hub's cache (HF_HOME) from a machine that has it",
        ) from None


def fetch_json(model: str, revision: str, name: str) -> dict[str, Any]:
    """One of the model's JSON files; raises BadData where it is none."""
    return read_json(fetch(model, revision, name), model)


def read_json(file: Path, model: str) -> dict[str, Any]:
    """The same of a file that is here."""
    try:
        value: Any = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadData(f"{file} of {model} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadData(f"{file} of {model} is not a JSON object")
    return value


def fetch_weights(model: str, revision: str) -> list[Path]:
    """The model's weight files."""
    try:
        return [fetch(model, revision, weights_name)]
    except FileNotFoundError:
        pass
    try:
        index = fetch_json(model, revision, index_name)
    except FileNotFoundError:
        raise BadData(f"{model} at revision {revision} has no safetensors weights") from None
    return [fetch(model, revision, name) for name in sorted(set(index["weight_map"].values()))]


def digest(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
