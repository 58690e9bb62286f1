"""The tt backend for torch and Lightning: torch_xla's few calls are replaced."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

torch = pytest.importorskip("torch")
pl = pytest.importorskip("lightning.pytorch")

from blacksmith.backends import torch_xla_calls  # noqa: E402
from blacksmith.backends.torch_devices import compiled, device_of, finish_step  # noqa: E402
from blacksmith.backends.torch_lightning import TTAccelerator, accelerator_options  # noqa: E402
from blacksmith.training.failure import BadInput  # noqa: E402
from blacksmith.training.request import Device  # noqa: E402


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A torch_xla that notes its calls and computes on the CPU."""
    made: list[str] = []
    torch_xla, runtime = ModuleType("torch_xla"), ModuleType("torch_xla.runtime")
    vars(torch_xla).update(
        device=lambda: made.append("device") or torch.device("cpu"),
        sync=lambda: made.append("sync"),
        runtime=runtime,
    )
    vars(runtime).update(set_device_type=lambda kind: made.append(f"type {kind}"))
    monkeypatch.setitem(sys.modules, "torch_xla", torch_xla)
    monkeypatch.setitem(sys.modules, "torch_xla.runtime", runtime)
    monkeypatch.setenv("PJRT_DEVICE", "CPU")
    return made


class Model(pl.LightningModule):
    """Two steps of a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def training_step(self, batch: torch.Tensor, _: int) -> torch.Tensor:
        return self.layer(batch).square().mean()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def test_tt_names_its_device_type_before_it_opens_the_device(calls: list[str]) -> None:
    assert device_of(Device(kind="tt")).type == "cpu"
    assert calls == ["type TT", "device"]
    assert torch_xla_calls.os.environ["PJRT_DEVICE"] == "TT"


def test_lightning_trains_on_tt_and_runs_each_step_as_it_is_taken(
    calls: list[str], tmp_path: Path
) -> None:
    trainer = pl.Trainer(
        max_epochs=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=tmp_path,
        **accelerator_options(Device(kind="tt")),
    )
    trainer.fit(Model(), torch.utils.data.DataLoader(torch.randn(8, 2), batch_size=4))
    assert isinstance(trainer.accelerator, TTAccelerator)
    assert calls.count("sync") == 2


def test_a_torch_recipe_compiles_for_tt_and_ends_its_steps(
    calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = torch.nn.Linear(2, 1)
    monkeypatch.setattr(torch, "compile", lambda m, backend: (m, backend))
    assert compiled(model, Device(kind="tt")) == (model, "tt")
    assert compiled(model, Device(kind="cpu")) is model
    finish_step(Device(kind="tt"))
    finish_step(Device(kind="cpu"))
    assert calls == ["sync"]


def test_without_torch_xla_the_message_names_the_remedy() -> None:
    with pytest.raises(BadInput, match="torch_xla is not installed") as caught:
        torch_xla_calls.sync()
    assert "BLACKSMITH_PYTHON" in (caught.value.remedy or "")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_without_a_gpu_the_message_says_so() -> None:
    with pytest.raises(BadInput, match="sees no GPU"):
        device_of(Device(kind="gpu"))
