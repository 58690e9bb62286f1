"""What ties a Lightning Trainer to a run: states that do not fit, models that cannot be saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import lightning.pytorch as pl  # noqa: E402

from blacksmith.training import Context, checkpoint  # noqa: E402
from blacksmith.training.codec import State  # noqa: E402
from blacksmith.training.lightning import LightningRun  # noqa: E402
from blacksmith.training.torch_state import IndexChunks, save_model  # noqa: E402
from blacksmith.training.trial import Trial, contents, run_trial  # noqa: E402

steps_per_epoch = 5


class Line(pl.LightningModule):
    """Fits a line; what else it holds is not asked for."""

    def __init__(self, steps: list[int], extra: object) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)
        self.steps = steps
        self.extra = extra

    def training_step(self, rows: torch.Tensor, _: int) -> dict[str, torch.Tensor]:
        self.steps.append(self.global_step)
        return {"loss": (self.layer(rows.float()[:, None]) - 1).square().mean()}

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.0001)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        if self.extra is not None:
            checkpoint["extra"] = self.extra


def train(folder: Path, *, extra: object = None, **options: Any) -> tuple[Trial, list[int]]:
    """Trains for two epochs; says which steps it began."""
    steps: list[int] = []

    def recipe(ctx: Context) -> None:
        module = Line(steps, extra)
        run = LightningRun(ctx, steps=2 * steps_per_epoch)
        options = run.trainer_options()
        trainer = pl.Trainer(max_epochs=2, accelerator="cpu", devices=1, **options)
        trainer.fit(module, IndexChunks(50, 10, 1, ctx.seed), ckpt_path=run.resume_from)
        save_model(ctx.output / "model.safetensors", module.state_dict())
        run.save_final(trainer)

    return run_trial(recipe, {}, folder, **options), steps


def last(folder: Path) -> Path:
    return max((folder / "work" / "checkpoints").glob("step-*"))


def rewrite(folder: Path, change: Callable[[State], object], step: int) -> None:
    state = checkpoint.read(folder)
    change(state)
    checkpoint.write(folder.with_name(f"step-{step:012d}"), state, step)


@pytest.mark.parametrize("part", ["loops", "state_dict", "optimizer_states", "random"])
def test_a_state_that_lacks_a_part_is_passed_over(tmp_path: Path, part: str) -> None:
    assert train(tmp_path, stop_after=3)[0].stopped
    rewrite(last(tmp_path), lambda state: state.pop(part), 9)
    resumed, steps = train(tmp_path)
    assert f"its state has no {part}" in resumed.named("warning")[0]["message"]
    assert steps[0] == 4
    assert contents(resumed) == contents(train(tmp_path / "straight")[0])


def test_a_state_that_leads_to_another_step_is_not_continued(tmp_path: Path) -> None:
    assert train(tmp_path, stop_after=3)[0].stopped
    rewrite(last(tmp_path), lambda state: None, 9)
    with pytest.raises(ValueError, match="its state is of step 4"):
        train(tmp_path)


def test_what_cannot_be_saved_is_found_before_the_first_step(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="extra is a object"):
        train(tmp_path, extra=object())
    assert not (tmp_path / "records" / "metrics.jsonl").read_text()


@pytest.mark.parametrize(
    "launched",
    [
        {"SLURM_NTASKS": "2", "SLURM_JOB_NAME": "train", "SLURM_PROCID": "1", "SLURM_LOCALID": "1"},
        {"RANK": "1", "LOCAL_RANK": "1", "WORLD_SIZE": "2", "TORCHELASTIC_RUN_ID": "1"}
        | {"MASTER_ADDR": "localhost", "MASTER_PORT": "1", "GROUP_RANK": "0"},
    ],
)
def test_a_training_is_alone_whatever_a_launcher_has_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, launched: dict[str, str]
) -> None:
    expected = contents(train(tmp_path / "outside")[0])
    for name, value in launched.items():
        monkeypatch.setenv(name, value)
    assert contents(train(tmp_path / "inside")[0]) == expected
