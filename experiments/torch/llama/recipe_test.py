"""The recipe on a few hundred sentences and a Llama of a few thousand weights."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

torch = pytest.importorskip("torch")
peft = pytest.importorskip("peft")
transformers = pytest.importorskip("transformers")

from blacksmith.backends.tt_stand_in import stand_in_for_tt  # noqa: E402
from blacksmith.datasets.sst2 import hub  # noqa: E402
from blacksmith.datasets.sst2.loading import read_prepared  # noqa: E402
from blacksmith.datasets.sst2.prepare import prepare  # noqa: E402
from blacksmith.datasets.sst2.torch_rows import TorchRows  # noqa: E402
from blacksmith.models.torch.causal_lm.tuning_test import tiny  # noqa: E402
from blacksmith.training.context import Context  # noqa: E402
from blacksmith.training.failure import BadInput  # noqa: E402
from blacksmith.training.recipe_cases import (  # noqa: E402
    CosineCases,
    RecipeCases,
    TrainingCases,
    assert_same_files,
)
from blacksmith.training.request import Config, Device  # noqa: E402
from blacksmith.training.torch_recipe_cases import ThreadsAsBefore  # noqa: E402
from blacksmith.training.trial import Trial, contents, load_recipe, run_trial  # noqa: E402

recipe = load_recipe(Path(__file__).with_name("recipe.py"))

sizes = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "layers": 2,
    "heads": 4,
    "kv_heads": 2,
    "rope_theta": 10_000,
    "tie_embeddings": False,
}
steps_per_epoch = 10  # 300 sentences in batches of 32, the last one smaller


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What prepare-data makes, base included."""
    folder = tmp_path_factory.mktemp("prepared")
    parameters = {"dataset": TestRecipe.config()["dataset"]}
    return run_trial(prepare, parameters, folder, target="prepare-data").output


class TestRecipe(TrainingCases, CosineCases, ThreadsAsBefore):
    """A Llama of a few thousand weights, for two epochs."""

    recipe = recipe
    parameters = {
        "dataset": {
            "sentences": {"train": 300, "validation": 60, "test": 100},
            "max_length": 64,
            "vocabulary": 400,
            "base": {**sizes, "epochs": 1, "learning_rate": 0.003},
        },
        "model": {
            **sizes,
            "lora": {
                "rank": 4,
                "alpha": 8,
                "target_modules": ["q_proj", "v_proj", "up_proj", "down_proj"],
            },
        },
        "training": {
            "epochs": 2,
            "learning_rate": 0.005,
            "warmup_steps": 5,
            "weight_decay": 0.01,
            "validation_batch": 60,
        },
        "evaluation": {"batch_size": 32},
    }
    stops = (0, 1, 8, 9, 10, 13, 17)
    extensions = (({}, {"epochs": 3}, 2 * steps_per_epoch),)
    longer = ({"epochs": 3}, 2 * steps_per_epoch, 3 * steps_per_epoch)

    @classmethod
    def config(
        cls, weights: str = "prepared", dropout: float = 0.1, **training: Any
    ) -> dict[str, Any]:
        config = super().config(**training)
        config["model"]["weights"] = weights
        config["model"]["lora"]["dropout"] = dropout
        config["evaluation"]["precision"] = config["training"]["precision"]
        return config

    def test_the_lora_matrices_are_all_that_is_trained(self, straight: Trial) -> None:
        weights = load_file(straight.output / "model.safetensors")
        rank, layers, hidden, keys, inside = 4, 2, 32, 16, 48
        of_layer = (hidden + hidden) + (hidden + keys) + 2 * (hidden + inside)
        assert sum(weight.size for weight in weights.values()) == layers * rank * of_layer
        assert all("lora_" in name for name in weights)

    def test_training_does_without_the_test_split(
        self, data: Path, straight: Trial, tmp_path: Path
    ) -> None:
        without = tmp_path / "without"
        shutil.copytree(data, without)
        (without / "test.jsonl").unlink()
        tensors = load_file(without / "tokens.safetensors")
        kept = {name: value for name, value in tensors.items() if not name.startswith("test.")}
        save_file(kept, without / "tokens.safetensors")
        trained = self.train(without, tmp_path)
        assert_same_files(trained, straight)

    def test_the_epoch_with_the_best_validation_accuracy_is_kept(
        self, data: Path, tmp_path: Path
    ) -> None:
        settings = self.config(epochs=4, learning_rate=0.02)
        trained = self.train(data, tmp_path / "all", settings)
        validated = [m for m in trained.named("metric") if m["split"] == "validation"]
        accuracies = [metric["values"]["accuracy"] for metric in validated]
        best = accuracies.index(max(accuracies)) + 1  # of equal ones the earlier
        assert best < 4, "with these parameters the last epoch is the best: the test says nothing"
        settings = self.config(epochs=best, learning_rate=0.02)
        until = self.train(data, tmp_path / "until", settings)
        last = load_file(until.output / "model.safetensors")
        kept = load_file(trained.output / "model.safetensors")
        assert all(np.array_equal(kept[name], last[name]) for name in last)

    @pytest.mark.parametrize("micro_batch", [1, 5, 12])
    def test_gradients_of_parts_add_up_to_those_of_the_batch(
        self, data: Path, tmp_path: Path, micro_batch: int
    ) -> None:
        loss, whole = gradients(data, tmp_path / "whole")
        part_loss, parts = gradients(data, tmp_path / "parts", micro_batch=micro_batch)
        assert part_loss == pytest.approx(loss, rel=1e-5)
        for one, other in zip(parts, whole, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)

    def test_the_loss_of_a_batch_is_the_mean_over_its_answer_tokens(
        self, data: Path, tmp_path: Path
    ) -> None:
        loss, _ = gradients(data, tmp_path / "a")
        _, tuned, rows = built(data, tmp_path / "b")
        total, count = 0.0, 0
        for row, parts in zip(*rows[torch.arange(12)], strict=True):
            with torch.no_grad():
                shares = tuned.plain(row[None]).logits[0].log_softmax(1)
            for place in (parts == 2).nonzero()[:, 0].tolist():
                total -= float(shares[place - 1, row[place]])
                count += 1
        assert loss == pytest.approx(total / count, rel=1e-5)

    def test_checkpointed_activations_give_the_same_model(
        self, data: Path, straight: Trial, tmp_path: Path
    ) -> None:
        spared = self.train(data, tmp_path, self.config(gradient_checkpointing=True))
        expected = load_file(straight.output / "model.safetensors")
        found = load_file(spared.output / "model.safetensors")
        for name, value in expected.items():
            np.testing.assert_allclose(found[name], value, rtol=1e-3, atol=1e-4)

    def test_on_tt_it_trains_and_judges_like_on_the_cpu_with_few_shapes_to_compile(
        self, data: Path, tmp_path: Path
    ) -> None:
        """Up to the boundary: torch_xla's calls and the compiler are stood in for."""
        # Without dropout: compiled, it draws other numbers.
        settings, tt = self.config(dropout=0.0), Device(kind="tt", threads=1)
        on_cpu = self.train(data, tmp_path / "c", settings)
        with stand_in_for_tt() as calls:
            on_tt = self.train(data, tmp_path / "t", settings, device=tt)
            steps, validations = 2 * steps_per_epoch, 2
            # A step is ended after its gradients and after its update.
            assert calls.runtime.count("sync") == 2 * steps + validations
            # Batches and the smaller last one; validation, once for the length of a label's answer.
            assert len(calls.compiled) == 3
        expected = load_file(on_cpu.output / "model.safetensors")
        for name, value in load_file(on_tt.output / "model.safetensors").items():
            np.testing.assert_allclose(value, expected[name], rtol=1e-3, atol=1e-4)
        with stand_in_for_tt() as calls:
            found = self.evaluate(on_cpu, data, tmp_path / "et", settings, device=tt)
            # Likelihoods and generation have a length each, and both a smaller last batch.
            assert len(calls.compiled) <= 4
        assert found.result == pytest.approx(
            self.evaluate(on_cpu, data, tmp_path / "ec", settings).result
        )

    def test_it_learns_a_batch_by_heart(self, data: Path, tmp_path: Path) -> None:
        few = tmp_path / "few"
        shutil.copytree(data, few)
        tensors = load_file(few / "tokens.safetensors")
        splits = ("train", "validation", "test")
        for name in [name for name in tensors if name.partition(".")[0] in splits]:
            tensors[name] = tensors["train." + name.partition(".")[2]][:32].copy()
        save_file(tensors, few / "tokens.safetensors")
        lines = (few / "train.jsonl").read_text().splitlines(keepends=True)
        (few / "test.jsonl").write_text("".join(lines[:32]))
        settings = self.config(dropout=0.0, epochs=100, learning_rate=0.02)
        trained = self.train(few, tmp_path, settings)
        result = self.evaluate(trained, few, tmp_path / "e", settings).result
        assert result["accuracy"] == result["generation_accuracy"] == 1.0

    def test_evaluation_agrees_with_a_direct_count(
        self, data: Path, straight: Trial, tmp_path: Path
    ) -> None:
        """Sentence by sentence, without padding, LoRA beside the base instead of merged into it."""
        found = self.evaluate(straight, data, tmp_path / "e")
        contexts: list[Context] = []
        run_trial(contexts.append, self.config(), tmp_path / "c", data=data)
        prepared = read_prepared(data, "test")
        tuned = recipe.build_model(contexts[0], prepared)
        tuned.load(recipe.load_model(straight.output / "model.safetensors"))
        llama = tuned.plain.eval()
        rows, hits = prepared.rows["test"], 0
        for row, truth in enumerate(rows.labels):
            prompt = rows.tokens[row][rows.parts[row] == 1].tolist()
            scores = []
            for answer in prepared.answers:
                with torch.no_grad():
                    shares = llama(torch.tensor([prompt + answer])).logits[0].log_softmax(1)
                places = range(len(prompt) - 1, len(prompt) + len(answer) - 1)
                scores.append(
                    sum(float(shares[p, token]) for p, token in zip(places, answer, strict=True))
                )
            hits += int(np.argmax(scores) == truth)
        assert found.result["accuracy"] == hits / 100
        kinds = [
            block["kind"]
            for block in json.loads((found.output / "report.json").read_text())["blocks"]
        ]
        assert kinds == ["matrix", "table", "table"]

    def test_bfloat16_is_for_the_base_and_the_lora_matrices_stay_float32(
        self, data: Path, tmp_path: Path
    ) -> None:
        settings = self.config(epochs=1, precision="bfloat16")
        trained = self.train(data, tmp_path / "t", settings)
        weights = load_file(trained.output / "model.safetensors")
        assert {weight.dtype for weight in weights.values()} == {np.dtype("float32")}
        found = self.evaluate(trained, data, tmp_path / "e", settings)
        assert 0 <= found.result["accuracy"] <= 1

    def test_the_base_may_be_drawn_at_random(
        self, data: Path, straight: Trial, tmp_path: Path
    ) -> None:
        settings = self.config(weights="random")
        trained = self.train(data, tmp_path / "t", settings)
        assert contents(trained)["model.safetensors"] != contents(straight)["model.safetensors"]
        assert "accuracy" in self.evaluate(trained, data, tmp_path / "e", settings).result

    @pytest.mark.parametrize("architecture", ["llama", "qwen3", "gemma3_text", "phi3"])
    def test_any_architecture_is_trained_and_goes_on_where_it_stopped(
        self, data: Path, tmp_path: Path, architecture: str
    ) -> None:
        settings = self.config(weights="random", epochs=1)
        settings["model"] |= tiny[architecture] | {"vocabulary": None}
        settings["model"]["lora"]["target_modules"] = None
        straight = self.train(data, tmp_path / "s", settings)
        assert self.train(data, tmp_path / "r", settings, stop_after=4).stopped
        resumed = self.train(data, tmp_path / "r", settings)
        assert resumed.named("resumed")
        assert_same_files(resumed, straight)

    def test_the_base_may_be_a_hub_models(
        self, data: Path, straight: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A hub that holds the prepared base: the same weights give the same model."""
        monkeypatch.setattr(hub, "fetch", lambda model, revision, name: data / "base" / name)
        prepared = tmp_path / "prepared"
        shutil.copytree(data, prepared)
        about = json.loads((prepared / "dataset.json").read_text())
        weights = {"model.safetensors": hub.digest(data / "base" / "model.safetensors")}
        about["hub"] = {"model": "me/mine", "revision": "c" * 40, "weights": weights}
        (prepared / "dataset.json").write_text(json.dumps(about))
        trained = self.train(prepared, tmp_path, self.config(weights="hub"))
        ours, theirs = contents(trained), contents(straight)
        assert ours["model.safetensors"] == theirs["model.safetensors"]
        adapter = json.loads(ours["adapter_config.json"])
        assert adapter["base_model_name_or_path"] == "me/mine"

    def test_sizes_that_are_not_the_bases_end_the_run_with_what_to_write(
        self, data: Path, tmp_path: Path
    ) -> None:
        settings = self.config()
        settings["model"]["layers"] = 3
        with pytest.raises(BadInput, match=r"not those of dataset\.base: layers 3 \(there 2\)"):
            self.train(data, tmp_path, settings)

    def test_the_folder_is_an_adapter_as_the_hubs_tools_load_them(
        self, data: Path, straight: Trial
    ) -> None:
        base = transformers.AutoModelForCausalLM.from_pretrained(data / "base")
        loaded = peft.PeftModel.from_pretrained(base, straight.output)
        matrices = peft.get_peft_model_state_dict(loaded)
        expected = load_file(straight.output / "model.safetensors")
        assert matrices.keys() == expected.keys()
        assert all(np.array_equal(matrices[name], expected[name]) for name in expected)

    def test_what_is_saved_merged_is_a_model_that_model_path_takes(
        self, data: Path, straight: Trial, tmp_path: Path
    ) -> None:
        settings = self.config()
        settings["model"]["merge"] = True
        merged = self.train(data, tmp_path / "m", settings)
        found = self.evaluate(merged, data, tmp_path / "e", settings).result
        apart = self.evaluate(straight, data, tmp_path / "a").result
        assert found == pytest.approx(apart)
        # With the very tokenizer that the data was prepared with, and nothing learnt yet.
        taken = self.config(epochs=1, learning_rate=1e-12)
        taken["model"]["path"] = str(merged.output)
        again = self.train(data, tmp_path / "n", taken)
        assert self.evaluate(again, data, tmp_path / "f", taken).result == pytest.approx(found)
        (merged.output / "tokenizer.json").unlink()
        with pytest.raises(BadInput, match=r"has no tokenizer: there is no .*tokenizer\.json"):
            self.train(data, tmp_path / "o", taken)


class Whole(RecipeCases):
    """What is true in the other ways of tuning, too; few steps, since all else is the same."""

    recipe = recipe
    tuning = "full"
    parameters = {
        **TestRecipe.parameters,
        "training": {**TestRecipe.parameters["training"], "epochs": 1},
    }
    stops = (4,)

    @classmethod
    def config(cls, **training: Any) -> dict[str, Any]:
        config = super().config(**training)
        config["model"]["tuning"] = cls.tuning
        return config

    def test_a_longer_run_continues_a_shorter_one_to_the_same_bytes(
        self, data: Path, straight: Trial, tmp_path: Path
    ) -> None:
        config = self.config(epochs=2)
        longer = self.train(data, tmp_path / "b", config, resume=straight.output / "state")
        assert [event["step"] for event in longer.named("resumed")] == [steps_per_epoch]
        assert_same_files(longer, self.train(data, tmp_path / "c", config))

    def test_it_is_judged(self, data: Path, straight: Trial, tmp_path: Path) -> None:
        assert "accuracy" in self.evaluate(straight, data, tmp_path).result


class TestFull(Whole, ThreadsAsBefore):
    """All weights learn."""

    def test_the_folder_is_a_model_as_the_hubs_tools_load_it(
        self, data: Path, straight: Trial
    ) -> None:
        model, about = transformers.AutoModelForCausalLM.from_pretrained(
            straight.output, output_loading_info=True
        )
        assert not about["missing_keys"]
        assert not about["unexpected_keys"]
        assert model.config.architectures == ["LlamaForCausalLM"]
        tokenizer = transformers.AutoTokenizer.from_pretrained(straight.output)
        assert tokenizer.eos_token == "<eos>"
        base, learnt = (
            load_file(f / "model.safetensors") for f in (data / "base", straight.output)
        )
        assert all(not np.array_equal(base[name], learnt[name]) for name in learnt)


class TestFrozen(Whole, ThreadsAsBefore):
    """The output matrix learns."""

    tuning = "frozen"

    def test_the_output_matrix_is_all_that_is_saved(self, straight: Trial) -> None:
        assert list(load_file(straight.output / "model.safetensors")) == ["lm_head.weight"]


def built(data: Path, folder: Path, **training: Any) -> tuple[Any, Any, Any]:
    """A context, the model with LoRA that does something, and rows with answers of two lengths."""
    contexts: list[Context] = []
    settings = TestRecipe.config(dropout=0.0, **training)
    run_trial(contexts.append, settings, folder, data=data)
    prepared = read_prepared(data, "train")
    tuned = recipe.build_model(contexts[0], prepared)
    with torch.no_grad():
        for weight in tuned.parameters:
            weight.normal_(0, 0.1, generator=torch.Generator().manual_seed(weight.numel()))
    parts = prepared.rows["train"].parts.copy()
    parts[:5][parts[:5] == 1] *= 2  # some rows with far more answer tokens than others
    parts[:5, 0] = 1
    rows = replace(prepared.rows["train"], parts=parts)
    return contexts[0], tuned, TorchRows(rows, torch.device("cpu"), "resident")


def gradients(data: Path, folder: Path, **training: Any) -> tuple[float, list[Any]]:
    ctx, tuned, rows = built(data, folder, **training)
    loss = recipe.accumulate_gradients(ctx, tuned.plain, rows, torch.arange(12))
    return float(loss), [weight.grad for weight in tuned.parameters]


def test_the_learning_rate_rises_and_then_falls_as_the_schedule_says() -> None:
    def rates(schedule: str, steps: list[int]) -> list[float]:
        settings = Config(
            schedule=schedule, learning_rate=0.1, warmup_steps=5, decay_steps=100, epochs=1
        )
        return [recipe.learning_rate(settings, step, 1000) for step in steps]

    assert rates("constant", [0, 4, 999]) == pytest.approx([0.02, 0.1, 0.1])
    assert rates("inverse-root", [0, 100, 300]) == pytest.approx([0.02, 0.1 / 2**0.5, 0.05])
    assert rates("cosine", [500, 1000]) == pytest.approx([0.05, 0.0])
