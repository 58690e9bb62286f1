"""Requests as files, and the settings that come from the environment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from blacksmith.training.capsule import Capsule
from blacksmith.training.failure import BadInput
from blacksmith.training.refusal import Box
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


def test_capsule_and_box_are_read_with_paths_relative_to_the_request(
    file: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to("tree")
    box = {"read": ["/usr", "link"], "write": ["out"], "declare_in": "e/experiment.yaml"}
    fields = {"capsule": {"tree": "link", "workspace": "ws"}, "box": {**box, "network": "closed"}}
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))
    request = read_request(file)
    assert request.capsule == Capsule(tmp_path / "tree", tmp_path / "ws")
    assert request.box == Box(
        read=(Path("/usr"), tmp_path / "tree"),
        write=(tmp_path / "out",),
        declare_in="e/experiment.yaml",
        network="closed",
    )


def test_a_request_may_do_without_capsule_and_box(file: Path) -> None:
    request = read_request(file)
    assert (request.capsule, request.box) == (None, None)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"capsule": "tree"}, "capsule must be an object"),
        ({"capsule": {"tree": "t"}}, "capsule.workspace must be a string"),
        ({"box": {"read": "/usr"}}, "box.read must be a list of paths"),
        ({"box": {"read": [1]}}, r"box.read must be a list of paths, not \[1\]"),
        ({"box": {"read": [], "write": []}}, "box.declare_in must be a string"),
        ({"box": {"network": "off"}}, "box.network must be one of open, closed, chosen, not off"),
    ],
)
def test_a_wrong_field_of_capsule_or_box_is_named(
    fields: dict[str, object], message: str, file: Path
) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))
    with pytest.raises(BadInput, match=message):
        read_request(file)
