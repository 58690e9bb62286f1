"""Model files, states and loaders for torch."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from blacksmith.training import checkpoint, seeding  # noqa: E402
from blacksmith.training.order import epoch_order  # noqa: E402
from blacksmith.training.torch_state import (  # noqa: E402
    IndexChunks,
    IndicesInOrder,
    capture,
    load_model,
    restore,
    save_model,
)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16", "int64", "bool", "uint8"])
def test_a_model_file_keeps_type_shape_and_bits(tmp_path: Path, dtype: str) -> None:
    tensors = {
        "matrix": torch.randn(3, 4).t().to(getattr(torch, dtype)),
        "scalar": torch.tensor(1, dtype=getattr(torch, dtype)),
        "empty": torch.empty(0, 2, dtype=getattr(torch, dtype)),
    }
    save_model(tmp_path / "m.safetensors", tensors)
    loaded = load_model(tmp_path / "m.safetensors")
    for name, tensor in tensors.items():
        assert loaded[name].dtype == tensor.dtype
        assert torch.equal(loaded[name], tensor)


def test_what_is_no_tensor_is_named_and_not_left_out(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"layer\._extra_state is a dict"):
        save_model(tmp_path / "m.safetensors", {"layer._extra_state": {"scale": 1}})
    with pytest.raises(TypeError, match=r"^w is a tensor of the type complex128"):
        save_model(tmp_path / "m.safetensors", {"w": torch.zeros(1, dtype=torch.complex128)})


def test_the_reference_library_reads_our_bfloat16(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    tensor = torch.randn(5).bfloat16()
    save_model(tmp_path / "m.safetensors", {"t": tensor})
    assert torch.equal(load_file(tmp_path / "m.safetensors")["t"], tensor)


def test_optimizer_and_random_state_survive_a_checkpoint(tmp_path: Path) -> None:
    def steps(model: torch.nn.Module, optimizer: torch.optim.Optimizer, count: int) -> None:
        for _ in range(count):
            optimizer.zero_grad()
            model(torch.randn(8, 4)).square().mean().backward()
            optimizer.step()

    def fresh() -> tuple[torch.nn.Module, torch.optim.Optimizer]:
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Dropout(0.5))
        return model, torch.optim.Adam(model.parameters())

    model, optimizer = fresh()
    steps(model, optimizer, 3)
    state = {**capture(3, model=model, optimizer=optimizer), "random": seeding.random_state()}
    checkpoint.write(tmp_path / "c", state, 3)
    steps(model, optimizer, 3)
    expected = model[0].weight.clone()

    model, optimizer = fresh()
    back = checkpoint.read(tmp_path / "c")
    assert restore(back, model=model, optimizer=optimizer) == 3
    seeding.restore_random_state(back["random"])
    steps(model, optimizer, 3)
    assert torch.equal(model[0].weight, expected)


def test_an_epoch_visits_every_sample_once_and_the_next_in_another_order() -> None:
    loader = IndexChunks(count=103, batch_size=10, steps=3, seed=1)
    epochs = [torch.cat(list(loader)) for _ in range(2)]
    assert len(loader) == 4
    for epoch in epochs:
        assert epoch.sort().values.tolist() == list(range(103))
    assert not torch.equal(*epochs)


def test_a_loader_continues_in_the_middle_of_an_epoch() -> None:
    whole = IndexChunks(count=103, batch_size=10, steps=3, seed=1)
    expected = [chunk.tolist() for _ in range(3) for chunk in whole]
    first = IndexChunks(count=103, batch_size=10, steps=3, seed=1)
    seen = [chunk.tolist() for chunk in first]
    for chunk in first:
        seen.append(chunk.tolist())
        break
    second = IndexChunks(count=103, batch_size=10, steps=3, seed=0)
    second.load_state_dict(first.state_dict())
    seen += [chunk.tolist() for _ in range(2) for chunk in second]
    assert seen == expected


def test_the_order_is_a_function_of_seed_and_epoch() -> None:
    assert (epoch_order(1, 2, 50) == epoch_order(1, 2, 50)).all()
    assert (epoch_order(1, 2, 50) != epoch_order(2, 1, 50)).any()


def test_validation_visits_samples_in_order() -> None:
    batches = IndicesInOrder(5, 2)
    assert len(batches) == 3
    assert [b.tolist() for b in batches] == [[0, 1], [2, 3], [4]]
