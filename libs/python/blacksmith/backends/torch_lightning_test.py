"""The tt backend for torch and Lightning: torch_xla's few calls are replaced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pl = pytest.importorskip("lightning.pytorch")

from blacksmith.backends import torch_xla_calls  # noqa: E402
from blacksmith.backends.torch_devices import compile_for, device_of, finish_step  # noqa: E402
from blacksmith.backends.torch_lightning import TTAccelerator, accelerator_options  # noqa: E402
from blacksmith.backends.tt_stand_in import TTCalls, stand_in_for_tt  # noqa: E402
from blacksmith.training.failure import BadInput  # noqa: E402
from blacksmith.training.request import Device  # noqa: E402


@pytest.fixture
def calls() -> Iterator[TTCalls]:
    """A torch_xla that notes its calls and computes on the CPU."""
    with stand_in_for_tt() as calls:
        yield calls


class Model(pl.LightningModule):
    """Two steps of a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def training_step(self, batch: torch.Tensor, _: int) -> torch.Tensor:
        return self.layer(batch).square().mean()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


class Embedded(torch.nn.Module):
    """A model of one's own: torch compiles none of its own layers' code alone."""

    def __init__(self) -> None:
        super().__init__()
        self.table = torch.nn.Embedding(5, 2)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.table(tokens)


def test_tt_names_its_device_type_before_it_opens_the_device(calls: TTCalls) -> None:
    assert device_of(Device(kind="tt")).type == "cpu"
    assert calls.runtime == ["type TT", "device"]
    assert torch_xla_calls.os.environ["PJRT_DEVICE"] == "TT"


def test_lightning_trains_on_tt_and_runs_each_step_as_it_is_taken(
    calls: TTCalls, tmp_path: Path
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
    assert calls.runtime.count("sync") == 2


def test_a_torch_recipe_compiles_for_tt_once_for_each_shape_and_ends_its_steps(
    calls: TTCalls,
) -> None:
    model = Embedded()
    names = list(model.state_dict())
    compile_for(Device(kind="cpu"), model)
    model(torch.zeros(3, dtype=torch.int64))
    finish_step(Device(kind="cpu"))
    assert calls == TTCalls()
    compile_for(Device(kind="tt"), model)
    for length in (3, 4, 3):
        assert model(torch.zeros(length, dtype=torch.int64)).shape == (length, 2)
    finish_step(Device(kind="tt"))
    assert calls.compiled == [[(3,)], [(4,)]]
    assert calls.runtime == ["sync"]
    assert list(model.state_dict()) == names


def test_without_torch_xla_the_message_names_the_remedy() -> None:
    with pytest.raises(BadInput, match="torch_xla is not installed") as caught:
        torch_xla_calls.sync()
    assert "BLACKSMITH_PYTHON" in (caught.value.remedy or "")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_without_a_gpu_the_message_says_so() -> None:
    with pytest.raises(BadInput, match="sees no GPU"):
        device_of(Device(kind="gpu"))
