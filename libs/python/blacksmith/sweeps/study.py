"""A study of Optuna's, asked and told in JSON."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.samplers import BaseSampler, QMCSampler, RandomSampler, TPESampler
from optuna.trial import Trial, TrialState

# Of parts of Optuna that may change from version to version: the version is pinned.
warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
optuna.logging.set_verbosity(optuna.logging.ERROR)


class Study:
    """The same answers to the same questions: it depends on nothing but what it is told."""

    def __init__(self, opening: Mapping[str, Any]) -> None:
        """`opening`: sampler, seed, directions, space (in the order in which values are chosen),
        first (trials to begin with).
        """
        self._space: Sequence[Mapping[str, Any]] = opening["space"]
        self._open: dict[int, Trial] = {}
        self._study = optuna.create_study(
            directions=opening["directions"],
            sampler=sampler(opening["sampler"], opening["seed"]),
        )
        choices = {one["path"] for one in self._space if "choices" in one}
        for first in opening["first"]:
            given = {name: json.dumps(v) if name in choices else v for name, v in first.items()}
            self._study.enqueue_trial(given)

    def answer(self, question: Mapping[str, Any]) -> object:
        """Answers `ask` (count), `tell` (trials) and `importance`."""
        match question["call"]:
            case "ask":
                return [self._ask() for _ in range(question["count"])]
            case "tell":
                for told in question["trials"]:
                    self._tell(told)
                return None
            case "importance":
                return self._importance()
            case other:
                raise ValueError(f"nobody knows how to answer {other}")

    def _ask(self) -> dict[str, Any]:
        trial = self._study.ask()
        self._open[trial.number] = trial
        values: dict[str, Any] = {}
        for one in self._space:
            path = one["path"]
            if all(path_ in values and values[path_] in allowed for path_, allowed in one["when"]):
                values[path] = _suggest(trial, one)
        return {"id": trial.number, "parameters": values}

    def _tell(self, told: Mapping[str, Any]) -> None:
        trial = self._open.pop(told["id"])
        state = told["state"]
        if state in ("failed", "refused"):
            self._study.tell(trial, state=TrialState.FAIL)
            return
        if len(told["values"]) == 1:
            for horizon, value in told.get("rungs", []):
                trial.report(value, horizon)
        if state == "stopped":
            self._study.tell(trial, state=TrialState.PRUNED)
        else:
            self._study.tell(trial, told["values"])

    def _importance(self) -> dict[str, float]:
        complete = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if len(complete) < 4:
            return {}
        several = len(self._study.directions) > 1
        target = (lambda trial: float(trial.values[0])) if several else None
        evaluator = optuna.importance.PedAnovaImportanceEvaluator()
        try:
            return optuna.importance.get_param_importances(
                self._study, evaluator=evaluator, target=target
            )
        except (ValueError, RuntimeError):
            # All trials are equal, or no parameter is in all of them.
            return {}


def sampler(name: str, seed: int) -> BaseSampler:
    """A sampler by its name in a sweep's YAML."""
    match name:
        case "random":
            return RandomSampler(seed=seed)
        case "quasi-random":
            return QMCSampler(scramble=True, seed=seed, warn_independent_sampling=False)
        case "tpe":
            # The liar keeps trials of one batch, none of which is known yet, apart.
            return TPESampler(seed=seed, multivariate=True, group=True, constant_liar=True)
        case other:
            raise ValueError(f"there is no sampler {other}")


def _suggest(trial: Trial, one: Mapping[str, Any]) -> Any:
    path = one["path"]
    if "choices" in one:
        # A choice may be a list, and Optuna takes plain values only.
        texts = [json.dumps(choice) for choice in one["choices"]]
        return json.loads(str(trial.suggest_categorical(path, texts)))
    low, high, log, step = one["from"], one["to"], one["log"], one.get("step")
    if one["whole"]:
        return trial.suggest_int(path, int(low), int(high), step=int(step or 1), log=log)
    return trial.suggest_float(path, low, high, step=step, log=log)
