"""Requests as files, and the settings that come from the environment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from blacksmith.training.failure import BadInput
from blacksmith.training.request import read_request


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The shortest request."""
    path = tmp_path / "request.json"
    request = {"target": "train", "entry": {"file": "r.py"}, "function": "train", "output": "out"}
    path.write_text(json.dumps(request))
    return path


def test_people_set_how_often_checkpoints_are_written_and_which_stay(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLACKSMITH_CHECKPOINT_SECONDS", "2.5")
    monkeypatch.setenv("BLACKSMITH_KEEP_EVERY_STEPS", "1000")
    policy = read_request(file).checkpoints
    assert (policy.every_seconds, policy.keep_every_steps) == (2.5, 1000)


@pytest.mark.parametrize("text", ["often", "-1", "nan", "inf"])
def test_a_setting_that_is_no_number_is_named(
    text: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLACKSMITH_CHECKPOINT_SECONDS", text)
    with pytest.raises(BadInput, match=f"BLACKSMITH_CHECKPOINT_SECONDS={text} is not a number"):
        read_request(file)
