"""The recipe on a few hundred images, in a plain loop."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file

torch = pytest.importorskip("torch")

from torch.optim.optimizer import register_optimizer_step_pre_hook  # noqa: E402

from blacksmith.training.broken_trial import killed_trial, stopped_trial  # noqa: E402
from blacksmith.training.trial import Trial, contents, load_recipe, run_trial  # noqa: E402

recipe = load_recipe(Path(__file__).with_name("recipe.py"))


def config(**training: Any) -> dict[str, Any]:
    """A small network; 300 images in 10 steps of 32 an epoch, 4 chunks."""
    return {
        "dataset": {"name": "mnist", "variant": "mnist"},
        "model": {"name": "cnn", "channels": 4, "hidden": 64, "dropout": 0.2},
        "training": {
            "epochs": 3,
            "batch_size": 32,
            "learning_rate": 0.01,
            "schedule": "constant",
            "decay_steps": 10,
            "steps_per_chunk": 3,
            "loading": "resident",
            "validation_batch": 64,
            "seed": 0,
            **training,
        },
        "evaluation": {"batch_size": 64},
    }


@pytest.fixture(scope="module")
def straight(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """Three epochs without interruption."""
    return run_trial(recipe.train, config(), tmp_path_factory.mktemp("straight"), data=data)


def test_another_seed_gives_other_bytes(data: Path, straight: Trial, tmp_path: Path) -> None:
    other = run_trial(recipe.train, config(), tmp_path, data=data, seed=1)
    assert contents(other)["model.safetensors"] != contents(straight)["model.safetensors"]


# Before the first step, inside of an epoch, at an epoch's end.
@pytest.mark.parametrize("chunks", [0, 2, 3, 4, 10])
def test_a_stopped_run_continues_to_the_same_bytes(
    data: Path, straight: Trial, tmp_path: Path, chunks: int
) -> None:
    resumed = stopped_trial(recipe, config(), tmp_path, data=data, looks=chunks)
    assert contents(resumed) == contents(straight)


def test_a_run_killed_without_warning_continues_to_the_same_bytes(
    data: Path, straight: Trial, tmp_path: Path
) -> None:
    resumed = killed_trial(recipe, config(), tmp_path, data=data, after_step=12)
    assert contents(resumed) == contents(straight)


@pytest.mark.parametrize("schedule", ["constant", "inverse-root"])
def test_a_longer_run_continues_a_shorter_one_to_the_same_bytes(
    data: Path, tmp_path: Path, schedule: str
) -> None:
    def train(epochs: int, folder: str, **options: Any) -> Trial:
        settings = config(epochs=epochs, schedule=schedule)
        return run_trial(recipe.train, settings, tmp_path / folder, data=data, **options)

    short = train(2, "short")
    longer = train(3, "longer", resume=short.output / "state")
    assert longer.named("progress")[0]["epoch"] == 3
    assert contents(longer) == contents(train(3, "afresh"))


@pytest.mark.parametrize("schedule", ["constant", "inverse-root"])
def test_each_batch_is_one_step_at_the_rate_of_its_schedule(
    data: Path, tmp_path: Path, schedule: str
) -> None:
    rates: list[float] = []
    hook = register_optimizer_step_pre_hook(
        lambda optimizer, *_: rates.append(optimizer.param_groups[0]["lr"])
    )
    run_trial(recipe.train, config(schedule=schedule), tmp_path, data=data)
    hook.remove()
    falling = schedule == "inverse-root"
    factors = [1 / math.sqrt(1 + step / 10) if falling else 1 for step in range(30)]
    assert rates == pytest.approx([0.01 * factor for factor in factors])


def test_streamed_images_give_the_same_bytes_as_resident_ones(
    data: Path, straight: Trial, tmp_path: Path
) -> None:
    streamed = run_trial(recipe.train, config(loading="streamed"), tmp_path, data=data)
    assert contents(streamed) == contents(straight)


def share_of_hits(model: Path, split: Path) -> float:
    """The accuracy of a model file, counted by other code than the recipe's."""
    images, weights = load_file(split), load_file(model)
    values = torch.from_numpy((images["images"] / 255 - 0.1307) / 0.3081).float()[:, None]
    tensor = {name: torch.from_numpy(value) for name, value in weights.items()}
    for layer in (1, 4):
        weight, bias = (tensor[f"layers.{layer}.{kind}"] for kind in ("weight", "bias"))
        values = torch.nn.functional.conv2d(values, weight, bias, padding=1).relu()
        values = torch.nn.functional.max_pool2d(values, 2)
    values = values.flatten(1) @ tensor["layers.8.weight"].T + tensor["layers.8.bias"]
    values = values.relu() @ tensor["layers.11.weight"].T + tensor["layers.11.bias"]
    hits: int = (values.argmax(1).numpy() == images["labels"]).sum()
    return hits / len(values)


def test_evaluation_agrees_with_a_direct_count(data: Path, straight: Trial, tmp_path: Path) -> None:
    model = straight.output / "model.safetensors"
    judged = run_trial(
        recipe.evaluate, config(), tmp_path, data=data, model=model, target="evaluate"
    )
    # In batches of 64 and 36, without dropout.
    assert judged.result["accuracy"] == share_of_hits(model, data / "test.safetensors")
    assert judged.result["accuracy"] > 0.9


def test_the_model_kept_is_that_of_the_epoch_with_the_best_validation_accuracy(
    data: Path, straight: Trial
) -> None:
    metrics = straight.named("metric")
    accuracies = [e["values"]["accuracy"] for e in metrics if e["split"] == "validation"]
    assert len(accuracies) == 3
    hits = share_of_hits(straight.output / "model.safetensors", data / "validation.safetensors")
    assert max(accuracies) == pytest.approx(hits, abs=1e-6)


def test_a_loss_that_is_not_finite_ends_the_run_and_leaves_no_model(
    data: Path, tmp_path: Path
) -> None:
    from blacksmith.training.failure import NotFinite

    with pytest.raises(NotFinite, match="loss became"):
        run_trial(recipe.train, config(learning_rate=1e30), tmp_path, data=data)
    assert not (tmp_path / "output" / "model.safetensors").exists()
