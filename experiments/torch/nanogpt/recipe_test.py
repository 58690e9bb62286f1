"""The recipe on a page of text."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

torch = pytest.importorskip("torch")

from blacksmith.backends.tt_stand_in import stand_in_for_tt  # noqa: E402
from blacksmith.datasets.text.prepared import read_prepared  # noqa: E402
from blacksmith.models.torch.gpt import GPT  # noqa: E402
from blacksmith.training.failure import BadInput  # noqa: E402
from blacksmith.training.recipe_cases import CosineCases, TrainingCases  # noqa: E402
from blacksmith.training.request import Device  # noqa: E402
from blacksmith.training.torch_recipe_cases import TorchCases  # noqa: E402
from blacksmith.training.trial import load_recipe  # noqa: E402

pieces = ["a", "b", "ä", "😀", "\n"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Letters that follow one another, with a chance now and then, as prepare-data would leave."""
    folder = tmp_path_factory.mktemp("text")
    random = np.random.default_rng(0)
    tokens = (np.cumsum(1 + (random.random(1200) < 0.2)) % 5).astype(np.uint16)
    parts = {"train": tokens[:900], "validation": tokens[900:1050], "test": tokens[1050:]}
    save_file({name: part.copy() for name, part in parts.items()}, folder / "tokens.safetensors")
    about = {
        "characters": {name: len(part) for name, part in parts.items()},
        "ngram": {"length": 2, "validation": 1.0, "test": 1.1},
        "pieces": [piece.encode().hex() for piece in pieces],
    }
    (folder / "dataset.json").write_text(json.dumps(about))
    return folder


class TestRecipe(TrainingCases, CosineCases, TorchCases):
    """Two layers of width 16; an epoch has 55 rows of 16, in 7 steps."""

    recipe = load_recipe(Path(__file__).with_name("recipe.py"))
    parameters = {
        "model": {"layers": 2, "heads": 2, "width": 16, "context": 16, "dropout": 0.1},
        "training": {
            "epochs": 3,
            "batch_size": 8,
            "learning_rate": 0.01,
            "warmup_steps": 5,
            "decay_steps": 10,
        },
        "evaluation": {"samples": 2, "length": 20},
    }
    stops = (0, 3, 6, 7, 8)
    kill_after = 9
    extensions = tuple(
        ({"epochs": 2, "schedule": name}, {"epochs": 3, "schedule": name}, 14)
        for name in ("constant", "inverse-root")
    )
    longer = ({"epochs": 4}, 21, 28)
    steps = 21
    rates = (
        ({"schedule": "constant"}, lambda step: 0.01 * min(1, (step + 1) / 5)),
        (
            {"schedule": "inverse-root"},
            lambda step: 0.01 * min(1, (step + 1) / 5) / math.sqrt(1 + step / 10),
        ),
    )

    def test_it_learns_what_follows_what(self, data: Path, tmp_path: Path) -> None:
        settings = self.config(epochs=25)
        trained = self.train(data, tmp_path / "t", settings)
        result = self.evaluate(trained, data, tmp_path / "e", settings).result
        entropy = -(0.8 * math.log2(0.8) + 0.2 * math.log2(0.2))
        assert entropy - 0.1 < result["bits_per_character"] < 1.1

    def test_evaluation_agrees_with_a_direct_count(
        self, data: Path, straight: Any, tmp_path: Path
    ) -> None:
        """Token by token, each with what the rows of the evaluation have before it."""
        settings = self.config()
        found = self.evaluate(straight, data, tmp_path, settings)
        model = GPT(vocabulary=5, **{k: v for k, v in settings["model"].items() if k != "name"})
        weights = load_file(straight.output / "model.safetensors")
        model.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
        tokens = torch.from_numpy(read_prepared(data, "test").tokens["test"].astype(np.int64))
        total, last = 0.0, len(tokens) - 1 - 16
        for place in range(1, len(tokens)):
            begin = 0 if place <= 16 else min((place - 9) // 8 * 8, last)
            with torch.no_grad():
                shares = model.eval()(tokens[None, begin:place])[0, -1].log_softmax(0)
            total -= float(shares[tokens[place]])
        assert found.result["loss"] == pytest.approx(total / (len(tokens) - 1), rel=1e-4)
        assert found.result["ngram_bits_per_character"] == 1.1
        samples = (found.output / "samples.txt").read_text(encoding="utf-8")
        assert samples.count("│") == 2
        assert set(samples) <= set("".join(pieces)) | set("│\n—")

    def test_the_epoch_with_the_lowest_validation_loss_is_kept(
        self, data: Path, tmp_path: Path
    ) -> None:
        trained = self.train(data, tmp_path / "a", self.config(epochs=9, learning_rate=0.05))
        losses = [
            event["values"]["loss"]
            for event in trained.named("metric")
            if event["split"] == "validation"
        ]
        best = losses.index(min(losses)) + 1
        assert best < 9, "with these parameters the last epoch is the best: the test says nothing"
        until = self.train(data, tmp_path / "u", self.config(epochs=best, learning_rate=0.05))
        one, other = (load_file(t.output / "model.safetensors") for t in (trained, until))
        assert all(np.array_equal(one[name], other[name]) for name in one)

    def test_rows_that_are_longer_than_the_text_are_refused(
        self, data: Path, tmp_path: Path
    ) -> None:
        settings = self.config()
        settings["model"]["context"] = 128
        with pytest.raises(BadInput, match="the validation part of the text has 150 tokens"):
            self.train(data, tmp_path, settings)

    def test_on_tt_it_trains_and_judges_like_on_the_cpu_with_few_shapes_to_compile(
        self, data: Path, tmp_path: Path
    ) -> None:
        """Up to the boundary: torch_xla's calls and the compiler are stood in for."""
        tt, settings = Device(kind="tt", threads=1), self.config(epochs=1)
        settings["model"]["dropout"] = 0.0  # compiled, it draws other numbers
        on_cpu = self.train(data, tmp_path / "c", settings)
        with stand_in_for_tt() as calls:
            on_tt = self.train(data, tmp_path / "t", settings, device=tt)
            # Batches, the smaller last one, and validation.
            assert len(calls.compiled) <= 3
        expected = load_file(on_cpu.output / "model.safetensors")
        for name, value in load_file(on_tt.output / "model.safetensors").items():
            np.testing.assert_allclose(value, expected[name], rtol=1e-3, atol=1e-4)
        with stand_in_for_tt() as calls:
            found = self.evaluate(on_cpu, data, tmp_path / "et", settings, device=tt)
            assert len(calls.compiled) <= 2
        there = self.evaluate(on_cpu, data, tmp_path / "ec", settings).result
        assert found.result == pytest.approx(there, rel=1e-4)
