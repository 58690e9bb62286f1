from __future__ import annotations

from pathlib import Path

import pytest

from blacksmith.datasets.sst2 import hub
from blacksmith.datasets.sst2.labelled import BadData
from blacksmith.datasets.sst2.snapshot import prepared_base, snapshot_of
from blacksmith.training.failure import BadInput


@pytest.fixture
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hub's cache with one model in it."""
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"weights")

    def fetch(model: str, revision: str, name: str) -> Path:
        assert (model, revision) == ("me/mine", "c" * 40)
        return tmp_path / name

    monkeypatch.setattr(hub, "fetch", fetch)
    return tmp_path


def facts(snapshot: Path) -> dict[str, object]:
    digest = hub.digest(snapshot / "model.safetensors")
    return {"model": "me/mine", "revision": "c" * 40, "weights": {"model.safetensors": digest}}


def test_the_files_that_the_data_was_prepared_with_are_found(snapshot: Path) -> None:
    assert snapshot_of(facts(snapshot)) == (snapshot, "me/mine")


def test_other_weights_than_those_are_refused(snapshot: Path) -> None:
    prepared_for = facts(snapshot)
    (snapshot / "model.safetensors").write_bytes(b"others")
    with pytest.raises(BadInput, match="is not what the data was prepared with") as caught:
        snapshot_of(prepared_for)
    assert caught.value.remedy == "remove it; it will be downloaded again"


def test_weights_that_have_gone_and_cannot_be_fetched_say_why(
    snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(model: str, revision: str, name: str) -> Path:
        raise BadData("it is gated", remedy="get a token")

    prepared_for = facts(snapshot)
    monkeypatch.setattr(hub, "fetch", fetch)
    with pytest.raises(BadInput, match="it is gated") as caught:
        snapshot_of(prepared_for)
    assert caught.value.remedy == "get a token"


def test_data_without_a_hub_models_weights_say_what_to_set(snapshot: Path) -> None:
    for prepared_for in (None, {**facts(snapshot), "weights": {}}):
        with pytest.raises(BadInput, match="without a hub model's weights"):
            snapshot_of(prepared_for)


def test_the_base_of_the_data_is_a_folder_in_it(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="prepared without a base"):
        prepared_base(tmp_path)
    (tmp_path / "base").mkdir()
    assert prepared_base(tmp_path) == tmp_path / "base"
