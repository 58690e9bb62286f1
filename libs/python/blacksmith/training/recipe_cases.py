"""What is true of every recipe, as tests that the one beside a recipe inherits::

    recipe = load_recipe(Path(__file__).with_name("recipe.py"))


    class TestRecipe(RecipeCases):
        recipe = recipe
        parameters = {"training": {"epochs": 3, "batch_size": 32}}
        stops = range(11)

A fixture `data` gives the folder of prepared data, for the module.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from blacksmith.training.default_parameters import default_parameters
from blacksmith.training.failure import NotFinite
from blacksmith.training.performance import step_clock
from blacksmith.training.trial import Trial, contents, kill_trial, run_trial

# What of the configuration a target sees beside data set and model.
_own_section = {"train": "training", "evaluate": "evaluation"}


class RecipeCases:
    """The same bytes each time, also of a run that is stopped on its way."""

    recipe: ClassVar[Any]
    # Those that are not as config.ts has them by default, by section: a small model, a few steps.
    parameters: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    # How often a recipe may look for a stop signal until there is one.
    stops: ClassVar[Iterable[int]]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """A test that takes a `stop` is run for each of `stops`, and so on."""
        for name in ("stop", "extension", "rate"):
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, getattr(self, f"{name}s"))

    @classmethod
    def config(cls, **training: Any) -> dict[str, Any]:
        """All parameters, with others of training than `parameters` says."""
        given = dict(cls.parameters)
        given["training"] = {**given.get("training", {}), **training}
        return default_parameters(Path(cls.recipe.__file__), given)

    @classmethod
    def train(
        cls, data: Path, folder: Path, config: dict[str, Any] | None = None, **options: Any
    ) -> Trial:
        """A training in a folder of its own; in that of a stopped one it continues that."""
        seen = _seen_by("train", config or cls.config())
        return run_trial(cls.recipe.train, seen, folder, data=data, **options)

    @classmethod
    def evaluate(
        cls,
        trained: Trial,
        data: Path,
        folder: Path,
        config: dict[str, Any] | None = None,
        **options: Any,
    ) -> Trial:
        """An evaluation of what a training has left."""
        seen = _seen_by("evaluate", config or cls.config())
        options |= {"data": data, "model": model_of(trained), "target": "evaluate"}
        return run_trial(cls.recipe.evaluate, seen, folder, **options)

    @pytest.fixture(scope="class")
    @classmethod
    def straight(cls, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Trial:
        """A training without interruption."""
        return cls.train(data, tmp_path_factory.mktemp("straight"))

    def test_the_same_seed_gives_the_same_bytes(
        self, data: Path, straight: Trial, tmp_path: Path
    ) -> None:
        assert_same_files(self.train(data, tmp_path), straight)

    def test_another_seed_gives_other_bytes(
        self, data: Path, straight: Trial, tmp_path: Path
    ) -> None:
        other = self.train(data, tmp_path, seed=1)
        same = model_of(other).read_bytes() == model_of(straight).read_bytes()
        assert not same, "the seed changes nothing"

    def test_a_stopped_run_continues_to_the_same_bytes(
        self, data: Path, straight: Trial, tmp_path: Path, stop: int
    ) -> None:
        stopped = self.train(data, tmp_path, stop_after=stop)
        assert stopped.stopped
        assert not model_of(stopped).exists()
        resumed = self.train(data, tmp_path)
        assert resumed.named("resumed")
        assert_same_files(resumed, straight)
        assert _logged(resumed) == _logged(straight)


class TrainingCases(RecipeCases):
    """And of those of this kind: killed, made longer, streamed, ended by a loss that is none."""

    # A step in the middle of an epoch, after whose first checkpoint a run is killed.
    kill_after: ClassVar[int] = 12
    # Of a shorter and a longer run the training parameters, and the step where the latter goes on.
    extensions: ClassVar[Iterable[tuple[dict[str, Any], dict[str, Any], int]]]
    # Parameters of training by which the loss overflows.
    diverging: ClassVar[dict[str, Any]] = {"learning_rate": 1e30}

    def test_a_run_killed_without_warning_continues_to_the_same_bytes(
        self, data: Path, straight: Trial, tmp_path: Path
    ) -> None:
        file, config = Path(self.recipe.__file__), _seen_by("train", self.config())
        kill_trial(file, config, tmp_path, data=data, after_step=self.kill_after)
        assert not (tmp_path / "output" / "model.safetensors").exists()
        resumed = self.train(data, tmp_path)
        assert resumed.named("resumed")[0]["step"] > self.kill_after
        assert_same_files(resumed, straight)

    def test_a_longer_run_continues_a_shorter_one_to_the_same_bytes(
        self,
        data: Path,
        straight: Trial,
        tmp_path: Path,
        extension: tuple[dict[str, Any], dict[str, Any], int],
    ) -> None:
        short, long, step = extension
        shorter = self.train(data, tmp_path / "a", self.config(**short)) if short else straight
        state = shorter.output / "state"
        longer = self.train(data, tmp_path / "b", self.config(**long), resume=state)
        resumed_at = [event["step"] for event in longer.named("resumed")]
        assert resumed_at == [step], f"it goes on at {resumed_at}"
        assert_same_files(longer, self.train(data, tmp_path / "c", self.config(**long)))

    def test_streamed_data_give_the_same_bytes_as_resident_ones(
        self, data: Path, straight: Trial, tmp_path: Path
    ) -> None:
        streamed = self.train(data, tmp_path, self.config(loading="streamed"))
        assert_same_files(streamed, straight)

    def test_measuring_every_step_and_tracing_some_changes_no_byte(
        self, data: Path, straight: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("_seconds_between_samples", "_seconds_between_counts"):
            monkeypatch.setattr(step_clock, name, 0)
        measured = self.train(data, tmp_path, self.config(profile=True))
        assert_same_files(measured, straight)
        records = tmp_path / "records"
        assert (records / "trace.json.gz").stat().st_size > 0
        found = json.loads((records / "performance.json").read_text(encoding="utf-8"))
        assert found["throughput"]["items"] > 0
        assert found["operations"]["of_step"] > 0

    def test_a_loss_that_is_not_finite_ends_the_run_and_leaves_no_model(
        self, data: Path, tmp_path: Path
    ) -> None:
        with pytest.raises(NotFinite, match="loss became"):
            self.train(data, tmp_path, self.config(**self.diverging))
        assert not (tmp_path / "output" / "model.safetensors").exists()


class CosineCases:
    """And of one that has a schedule which depends on the length of the run."""

    # Parameters of training for a longer run, and for how many steps the two of them are.
    longer: ClassVar[tuple[dict[str, Any], int, int]]

    def test_a_cosine_schedule_made_for_another_length_starts_over_and_says_why(
        self: Any, data: Path, tmp_path: Path
    ) -> None:
        more, before, after = self.longer
        short = self.train(data, tmp_path / "a", self.config(schedule="cosine"))
        config = self.config(schedule="cosine", **more)
        longer = self.train(data, tmp_path / "b", config, resume=short.output / "state")
        assert not longer.named("resumed")
        warning = longer.named("warning")[0]["message"]
        assert f"made for {before} steps, and this run has {after}" in warning


def assert_same_files(one: Trial, other: Trial) -> None:
    """Fails with the names of the files that differ."""
    ours, theirs = contents(one), contents(other)
    differing = [name for name in ours.keys() | theirs if ours.get(name) != theirs.get(name)]
    assert ours, "the run has left nothing"
    assert not differing, f"other bytes in {', '.join(sorted(differing))}"


def model_of(trained: Trial) -> Path:
    """The file of a training's model, there or not."""
    return trained.output / "model.safetensors"


def _seen_by(target: str, config: dict[str, Any]) -> dict[str, Any]:
    """The sections that a target sees."""
    seen = ("dataset", "model", _own_section[target])
    return {name: section for name, section in config.items() if name in seen}


def _logged(trial: Trial) -> list[Any]:
    """The lines of metrics, but for the time that each took."""
    text = (trial.output.parent / "records" / "metrics.jsonl").read_text(encoding="utf-8")
    return [{**json.loads(line), "seconds": None} for line in text.splitlines()]
