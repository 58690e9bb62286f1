from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from blacksmith.models.torch.llama.base import random_base  # noqa: E402
from blacksmith.models.torch.llama.base_test import sizes  # noqa: E402
from blacksmith.models.torch.llama.lora import (  # noqa: E402
    add_lora,
    load_lora,
    lora_parameters,
    lora_weights,
    plain_llama,
)
from blacksmith.models.torch.llama.losses import token_losses  # noqa: E402
from blacksmith.training.failure import BadInput  # noqa: E402

tokens = torch.arange(24).view(3, 8) % 50
wanted = (torch.arange(8) >= 6).expand(3, 8)


def lora(**changes: Any) -> dict[str, Any]:
    return {"rank": 3, "alpha": 6, "dropout": 0.0, "target_modules": ["q_proj", "down_proj"],
            **changes}  # fmt: skip


def trained(steps: int = 5, **changes: Any) -> Any:
    model = add_lora(random_base(sizes(), 50), lora(**changes), seed=0)
    optimizer = torch.optim.AdamW(lora_parameters(model), lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        token_losses(plain_llama(model), tokens, wanted).mean().backward()
        optimizer.step()
    return model.eval()


def base_of(model: Any) -> dict[str, Any]:
    """The frozen weights, by their names without LoRA."""
    return {
        name.replace(".base_layer", ""): weight
        for name, weight in plain_llama(model).state_dict().items()
        if "lora_" not in name
    }


def test_only_the_lora_matrices_of_the_target_modules_are_trained() -> None:
    model = add_lora(random_base(sizes(), 50), lora(), seed=0)
    layers, rank, hidden, inside = 2, 3, 32, 48
    count = layers * rank * ((hidden + hidden) + (inside + hidden))
    assert sum(weight.numel() for weight in lora_parameters(model)) == count
    assert all("q_proj" in name or "down_proj" in name for name in lora_weights(model))


def test_it_changes_nothing_to_begin_with() -> None:
    base = random_base(sizes(), 50)
    with torch.no_grad():
        before = base(tokens).logits
        model = add_lora(base, lora(), seed=0).eval()
        assert torch.equal(plain_llama(model)(tokens).logits, before)


def test_training_leaves_the_base_untouched_to_the_bit() -> None:
    fresh = random_base(sizes(), 50).state_dict()
    model = trained()
    base = base_of(model)
    assert base.keys() == fresh.keys()
    assert all(torch.equal(base[name], fresh[name]) for name in fresh)
    assert any(weight.abs().sum() > 0 for n, weight in lora_weights(model).items() if "lora_B" in n)


def test_merging_adds_exactly_the_product_of_the_matrices() -> None:
    model = trained()
    matrices = lora_weights(model)
    base = {name: weight.clone() for name, weight in base_of(model).items()}
    with torch.no_grad():
        apart = plain_llama(model)(tokens).logits
        merged = model.merge_and_unload()
        together = merged(tokens).logits
    for name, weight in merged.state_dict().items():
        stem = "base_model.model." + name.removesuffix(".weight")
        expected = base[name]
        if f"{stem}.lora_A.weight" in matrices:
            # alpha / rank = 2
            product = matrices[f"{stem}.lora_B.weight"] @ matrices[f"{stem}.lora_A.weight"]
            expected = expected + 2 * product
        assert torch.equal(weight, expected), name
    torch.testing.assert_close(together, apart, rtol=1e-4, atol=1e-5)


def test_saved_matrices_give_the_same_model_on_a_fresh_base() -> None:
    model = trained()
    fresh = add_lora(random_base(sizes(), 50), lora(), seed=9).eval()
    load_lora(fresh, lora_weights(model))
    with torch.no_grad():
        assert torch.equal(plain_llama(fresh)(tokens).logits, plain_llama(model)(tokens).logits)


def test_matrices_of_another_configuration_are_refused() -> None:
    model = trained(0)
    for changes in ({"rank": 4}, {"target_modules": ["q_proj"]}):
        with pytest.raises(BadInput, match="the LoRA weights are not of this model"):
            load_lora(model, lora_weights(trained(0, **changes)))


def test_the_matrices_are_a_function_of_the_seed() -> None:
    one, same = (lora_weights(add_lora(random_base(sizes(), 50), lora(), seed=1)) for _ in "ab")
    other = lora_weights(add_lora(random_base(sizes(), 50), lora(), seed=2))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)


def test_beside_a_bfloat16_base_the_matrices_stay_float32() -> None:
    model = add_lora(random_base(sizes(), 50, torch.bfloat16), lora(), seed=0)
    assert {weight.dtype for weight in lora_parameters(model)} == {torch.float32}
    with torch.autocast("cpu", torch.bfloat16):
        loss = token_losses(plain_llama(model), tokens, wanted).mean()
    loss.backward()
    assert loss.dtype == torch.float32
