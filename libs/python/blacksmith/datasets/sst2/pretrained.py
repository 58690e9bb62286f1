"""A model that somebody else trained, as files by name: on the hub, or in a folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from blacksmith.datasets.sst2 import hub
from blacksmith.datasets.sst2.labelled import BadData


@dataclass(frozen=True)
class Pretrained:
    """Its name for messages, and how a file of it is found."""

    name: str
    # Raises FileNotFoundError where there is none of that name.
    fetch: Callable[[str], Path]

    def read_json(self, name: str) -> dict[str, Any]:
        """One of its JSON files; raises BadData where it is none, FileNotFoundError."""
        return hub.read_json(self.fetch(name), self.name)

    def read_tokenizer(self) -> Tokenizer:
        """Its tokenizer; raises BadData where it has none that can be read."""
        try:
            file = self.fetch("tokenizer.json")
        except FileNotFoundError as missing:
            raise BadData(
                f"{self.name} has no tokenizer: {missing}",
                remedy="save it beside the model as tokenizer.json (save_pretrained of a fast"
                " tokenizer writes that)",
            ) from None
        try:
            return Tokenizer.from_file(str(file))
        except Exception as error:  # noqa: BLE001 - the library raises nothing narrower
            raise BadData(f"{file} is no tokenizer: {error}") from None

    def chat_template(self) -> str | None:
        """How it wants a conversation to be written (Jinja); None where it does not say."""
        try:
            return self.fetch("chat_template.jinja").read_text(encoding="utf-8")
        except FileNotFoundError:
            pass
        try:
            template = self.read_json("tokenizer_config.json").get("chat_template")
        except FileNotFoundError:
            return None
        if isinstance(template, list):  # several, by name
            named = {entry.get("name"): entry.get("template") for entry in template}
            template = named.get("default")
        return template if isinstance(template, str) else None


def on_hub(model: str, revision: str) -> Pretrained:
    """One on the hub, at a commit."""
    return Pretrained(
        f"{model} at revision {revision}", lambda name: hub.fetch(model, revision, name)
    )


def in_folder(folder: Path) -> Pretrained:
    """One in a folder of this machine."""

    def find(name: str) -> Path:
        if not (folder / name).is_file():
            raise FileNotFoundError(f"there is no {folder / name}")
        return folder / name

    return Pretrained(str(folder), find)
