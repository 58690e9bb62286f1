"""A study answers equal questions equally, whatever it has been asked before in another process."""

from __future__ import annotations

import math
from typing import Any

import pytest

from blacksmith.sweeps.study import Study

space: list[dict[str, Any]] = [
    {"path": "rate", "from": 1e-4, "to": 1e-1, "log": True, "whole": False, "when": []},
    {"path": "layers", "from": 1, "to": 5, "log": False, "whole": True, "step": 2, "when": []},
    {"path": "hidden", "choices": [[32], [64, 64]], "when": []},
    {"path": "optimizer", "choices": ["adam", "sgd"], "when": []},
    {"path": "momentum", "from": 0, "to": 1, "log": False, "whole": False,
     "when": [["optimizer", ["sgd"]]]},
]  # fmt: skip


def study(sampler: str = "tpe", seed: int = 0, **opening: Any) -> Study:
    return Study(
        {"sampler": sampler, "seed": seed, "directions": ["minimize"], "space": space, "first": []}
        | opening
    )


def loss(parameters: dict[str, Any]) -> float:
    distance = abs(math.log10(parameters["rate"]) + 2) + abs(parameters["layers"] - 3)
    return distance + len(parameters["hidden"])


def replay(asked: Study, batches: int, size: int) -> list[dict[str, Any]]:
    trials = []
    for _ in range(batches):
        batch: Any = asked.answer({"call": "ask", "count": size})
        told = [
            {"id": each["id"], "state": "complete", "values": [loss(each["parameters"])]}
            for each in batch
        ]
        asked.answer({"call": "tell", "trials": told})
        trials += [each["parameters"] for each in batch]
    return trials


@pytest.mark.parametrize("sampler", ["tpe", "random", "quasi-random"])
def test_a_seed_gives_the_same_trials_again_and_another_seed_others(sampler: str) -> None:
    first = replay(study(sampler), 4, 4)
    assert replay(study(sampler), 4, 4) == first
    assert replay(study(sampler, seed=1), 4, 4) != first


def test_values_are_those_of_the_space_and_hang_together() -> None:
    for parameters in replay(study("random"), 1, 40):
        assert 1e-4 <= parameters["rate"] <= 1e-1
        assert parameters["layers"] in (1, 3, 5)
        assert parameters["hidden"] in ([32], [64, 64])
        assert ("momentum" in parameters) == (parameters["optimizer"] == "sgd")


def test_tpe_learns_from_what_it_is_told() -> None:
    losses = [loss(parameters) for parameters in replay(study(), 15, 4)]
    assert sum(losses[-20:]) < 0.7 * sum(losses[:20])


def test_trials_to_begin_with_come_first() -> None:
    first = [{"rate": 0.01, "hidden": [64, 64]}, {"layers": 5}]
    one, other = replay(study(first=first), 1, 2)
    assert (one["rate"], one["hidden"], other["layers"]) == (0.01, [64, 64], 5)


def test_what_failed_or_was_refused_or_ended_early_is_told_as_such() -> None:
    asked = study()
    batch: Any = asked.answer({"call": "ask", "count": 3})
    ids = [each["id"] for each in batch]
    told = [
        {"id": ids[0], "state": "failed"},
        {"id": ids[1], "state": "refused"},
        {"id": ids[2], "state": "stopped", "values": [3.0], "rungs": [[1, 3.0]]},
    ]
    assert asked.answer({"call": "tell", "trials": told}) is None
    assert len(replay(asked, 1, 2)) == 2


def test_the_importance_of_parameters_is_that_of_what_shapes_the_loss() -> None:
    asked = study("random")
    assert asked.answer({"call": "importance"}) == {}
    replay(asked, 1, 60)
    importance: Any = asked.answer({"call": "importance"})
    assert importance["optimizer"] < importance["layers"]
    assert sum(importance.values()) == pytest.approx(1)


def test_several_objectives_are_told_together() -> None:
    asked = study(directions=["minimize", "maximize"])
    batch: Any = asked.answer({"call": "ask", "count": 6})
    told = [{"id": e["id"], "state": "complete", "values": [e["id"], 1.0]} for e in batch]
    asked.answer({"call": "tell", "trials": told})
    assert len(replay_two(asked)) == 2


def replay_two(asked: Study) -> list[Any]:
    batch: Any = asked.answer({"call": "ask", "count": 2})
    return list(batch)
