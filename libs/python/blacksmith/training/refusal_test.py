"""What a preparation was refused: its inputs are declared beside its sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from blacksmith.training.capsule import Capsule
from blacksmith.training.failure import Failure
from blacksmith.training.refusal import Act, Box, Refusal, as_failure

folder = "libs/python/blacksmith/datasets/anvil"
declare_in = f"{folder}/sources.yaml"


@pytest.fixture
def capsule(tmp_path: Path) -> Capsule:
    return Capsule(tmp_path / "capsule", tmp_path / "workspace")


def failure(act: Act, path: str, capsule: Capsule) -> Failure:
    return as_failure(
        [Refusal(act, path, "prepare.py:3")], Box((), (), declare_in, "closed"), capsule
    )


def test_a_file_beside_the_preparation_is_declared_in_a_group_of_its_sources(
    capsule: Capsule,
) -> None:
    read = failure("reads", str(capsule.workspace / folder / "vocab.txt"), capsule)
    assert read.remedy == f"add it to {declare_in}:  - inputs: [vocab.txt]"


def test_what_a_preparation_downloads_is_listed_or_its_network_opened(capsule: Capsule) -> None:
    connected = failure("connects", "anvil.org:443", capsule)
    closed = "tries to use the network, which is closed (anvil.org:443)"
    assert connected.message == f"prepare.py:3: {closed}"
    assert connected.remedy == (
        f"list its files in {declare_in}, from where they are downloaded,"
        " or write network: true into the experiment's experiment.yaml"
    )


def test_a_file_from_elsewhere_is_copied_to_the_data_set(capsule: Capsule) -> None:
    read = failure("reads", "/elsewhere/vocab.txt", capsule)
    assert (read.remedy or "").startswith("copy it into the data set's folder and declare it")
