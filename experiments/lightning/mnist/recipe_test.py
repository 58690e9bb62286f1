"""The recipe on a few hundred images, with a real Trainer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")

from torch.optim.optimizer import register_optimizer_step_pre_hook  # noqa: E402

from blacksmith.models.lightning.mlp import MLP  # noqa: E402
from blacksmith.training.broken_trial import killed_trial, stopped_trial  # noqa: E402
from blacksmith.training.trial import Trial, contents, load_recipe, run_trial  # noqa: E402

recipe = load_recipe(Path(__file__).with_name("recipe.py"))


def config(**training: Any) -> dict[str, Any]:
    """The recipe's parameters, small: 300 images in 10 steps of 32 an epoch, 4 chunks."""
    return {
        "dataset": {"name": "mnist", "variant": "mnist"},
        "model": {"name": "mlp", "hidden": [32, 32], "dropout": 0.2},
        "training": {
            "epochs": 3,
            "batch_size": 32,
            "optimizer": "adam",
            "learning_rate": 0.003,
            "schedule": "constant",
            "steps_per_chunk": 3,
            "loading": "resident",
            "validation_batch": 32,
            "precision": "32-true",
            "seed": 0,
            **training,
        },
        "evaluation": {"batch_size": 32},
    }


@pytest.fixture(scope="module")
def straight(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """Three epochs without interruption."""
    return run_trial(recipe.train, config(), tmp_path_factory.mktemp("straight"), data=data)


def test_the_default_model_has_the_published_number_of_parameters() -> None:
    model = MLP(784, [512, 512], 10)
    assert sum(weight.numel() for weight in model.parameters()) == 669_706


def test_the_same_seed_gives_the_same_bytes(data: Path, straight: Trial, tmp_path: Path) -> None:
    again = run_trial(recipe.train, config(), tmp_path, data=data)
    assert contents(again) == contents(straight)


def test_another_seed_gives_other_bytes(data: Path, straight: Trial, tmp_path: Path) -> None:
    other = run_trial(recipe.train, config(), tmp_path, data=data, seed=1)
    assert contents(other)["model.safetensors"] != contents(straight)["model.safetensors"]


@pytest.mark.parametrize("chunks", range(11))
def test_a_stopped_run_continues_to_the_same_bytes(
    data: Path, straight: Trial, tmp_path: Path, chunks: int
) -> None:
    resumed = stopped_trial(recipe, config(), tmp_path, data=data, looks=chunks)
    assert contents(resumed) == contents(straight)
    lines = (tmp_path / "records" / "metrics.jsonl").read_text().splitlines()
    assert len(lines) == 3 * (4 + 1)


def test_a_run_killed_without_warning_continues_to_the_same_bytes(
    data: Path, straight: Trial, tmp_path: Path
) -> None:
    # In the middle of an epoch.
    resumed = killed_trial(recipe, config(), tmp_path, data=data, after_step=12)
    assert contents(resumed) == contents(straight)


def test_a_longer_run_continues_a_shorter_one_to_the_same_bytes(
    data: Path, straight: Trial, tmp_path: Path
) -> None:
    longer = run_trial(
        recipe.train, config(epochs=5), tmp_path / "a", data=data, resume=straight.output / "state"
    )
    assert longer.named("progress")[0]["epoch"] == 4
    afresh = run_trial(recipe.train, config(epochs=5), tmp_path / "b", data=data)
    assert contents(longer) == contents(afresh)


def test_a_cosine_schedule_made_for_another_length_starts_over_and_says_why(
    data: Path, tmp_path: Path
) -> None:
    short = run_trial(recipe.train, config(schedule="cosine"), tmp_path / "a", data=data)
    longer = run_trial(
        recipe.train,
        config(schedule="cosine", epochs=4),
        tmp_path / "b",
        data=data,
        resume=short.output / "state",
    )
    assert not longer.named("resumed")
    assert "made for 30 steps, and this run has 40" in longer.named("warning")[0]["message"]


@pytest.mark.parametrize("schedule", ["constant", "inverse-root", "cosine"])
def test_each_batch_is_one_step_at_the_rate_of_its_schedule(
    data: Path, tmp_path: Path, schedule: str
) -> None:
    rates: list[float] = []
    hook = register_optimizer_step_pre_hook(
        lambda optimizer, *_: rates.append(optimizer.param_groups[0]["lr"])
    )
    run_trial(recipe.train, config(schedule=schedule, decay_steps=10), tmp_path, data=data)
    hook.remove()
    factors = {
        "constant": [1.0] * 30,
        "inverse-root": [1 / math.sqrt(1 + step / 10) for step in range(30)],
        "cosine": [0.5 * (1 + math.cos(math.pi * step / 30)) for step in range(30)],
    }
    assert rates == pytest.approx([0.003 * factor for factor in factors[schedule]])


def test_streamed_images_give_the_same_bytes_as_resident_ones(
    data: Path, straight: Trial, tmp_path: Path
) -> None:
    streamed = run_trial(recipe.train, config(loading="streamed"), tmp_path, data=data)
    assert contents(streamed) == contents(straight)


def test_it_learns_a_batch_by_heart(data: Path, tmp_path: Path) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for name in ("train", "validation", "test"):
        tensors = load_file(data / "train.safetensors")
        save_file({k: v[:32].copy() for k, v in tensors.items()}, few / f"{name}.safetensors")
    settings = config(epochs=60, learning_rate=0.01)
    settings["model"]["dropout"] = 0.0
    trained = run_trial(recipe.train, settings, tmp_path, data=few)
    model = trained.output / "model.safetensors"
    judged = run_trial(
        recipe.evaluate, settings, tmp_path / "e", data=few, model=model, target="evaluate"
    )
    assert judged.result["accuracy"] == 1.0


def share_of_hits(model: Path, split: Path) -> float:
    """The accuracy, counted by hand."""
    images, weights = load_file(split), load_file(model)
    values = (images["images"].reshape(-1, 784) / 255 - 0.1307) / 0.3081
    for layer in (0, 3, 6):
        values = values @ weights[f"layers.{layer}.weight"].T + weights[f"layers.{layer}.bias"]
        values = np.maximum(values, 0) if layer < 6 else values
    return int((values.argmax(1) == images["labels"]).sum()) / len(values)


def test_evaluation_agrees_with_a_direct_count(data: Path, straight: Trial, tmp_path: Path) -> None:
    model = straight.output / "model.safetensors"
    judged = run_trial(
        recipe.evaluate, config(), tmp_path, data=data, model=model, target="evaluate"
    )
    # Batches of 32 and a last one of 4.
    assert judged.result["accuracy"] == share_of_hits(model, data / "test.safetensors")


def test_the_model_kept_is_that_of_the_epoch_with_the_best_validation_accuracy(
    data: Path, straight: Trial
) -> None:
    metrics = straight.named("metric")
    accuracies = [e["values"]["accuracy"] for e in metrics if e["split"] == "validation"]
    hits = share_of_hits(straight.output / "model.safetensors", data / "validation.safetensors")
    assert max(accuracies) == pytest.approx(hits, abs=1e-6)


def test_a_loss_that_is_not_finite_ends_the_run_and_leaves_no_model(
    data: Path, tmp_path: Path
) -> None:
    from blacksmith.training.failure import NotFinite

    with pytest.raises(NotFinite, match="loss became"):
        run_trial(recipe.train, config(learning_rate=1e30, optimizer="sgd"), tmp_path, data=data)
    assert not (tmp_path / "output" / "model.safetensors").exists()


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)
