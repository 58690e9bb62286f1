"""What learns, in each of the ways, and in each architecture that overlays are written for."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from blacksmith.models.torch.causal_lm.base import random_base  # noqa: E402
from blacksmith.models.torch.causal_lm.base_test import sizes  # noqa: E402
from blacksmith.models.torch.causal_lm.losses import token_losses  # noqa: E402
from blacksmith.models.torch.causal_lm.tuning import Tuned  # noqa: E402
from blacksmith.training.failure import BadInput  # noqa: E402

tokens = torch.arange(24).view(3, 8) % 50
wanted = (torch.arange(8) >= 6).expand(3, 8)

# The family of each, as small as a test wants it.
tiny: dict[str, dict[str, Any]] = {
    "llama": sizes(tie_embeddings=True),
    "qwen3": sizes(architecture="qwen3", tie_embeddings=True, config={"head_dim": 8}),
    "gemma3_text": sizes(
        architecture="gemma3_text",
        kv_heads=1,
        tie_embeddings=True,
        config={"head_dim": 16, "query_pre_attn_scalar": 16, "sliding_window": 4},
    ),
    "phi3": sizes(architecture="phi3", tie_embeddings=True, config={"partial_rotary_factor": 0.75}),
    # Its logits are more than a product with the output matrix.
    "gemma2": sizes(architecture="gemma2", config={"head_dim": 8, "final_logit_softcapping": 0.5}),
}


def settings(tuning: str = "lora", **changes: Any) -> dict[str, Any]:
    modules = ["q_proj", "down_proj"]
    lora = {"rank": 3, "alpha": 6, "dropout": 0.0, "target_modules": modules, **changes}
    return {"tuning": tuning, "lora": lora}


def fresh(dtype: Any = torch.float32, seed: int = 0, **changes: Any) -> Tuned:
    return Tuned(random_base(sizes(), 50, dtype), settings(**changes), seed)


def learn(tuned: Tuned, steps: int = 5) -> list[float]:
    optimizer, losses = torch.optim.AdamW(tuned.parameters, lr=0.05), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = token_losses(tuned.plain, tokens, wanted).mean()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses


def trained(steps: int = 5, **changes: Any) -> Tuned:
    tuned = fresh(**changes)
    learn(tuned, steps)
    return tuned


def logits(model: Any) -> Any:
    with torch.no_grad():
        return model(tokens).logits


def base_of(tuned: Tuned) -> dict[str, Any]:
    """The frozen weights, by their names without LoRA."""
    return {
        name.replace(".base_layer", ""): weight
        for name, weight in tuned.plain.state_dict().items()
        if "lora_" not in name
    }


@pytest.mark.parametrize("tuning", ["lora", "full", "frozen"])
@pytest.mark.parametrize("architecture", tiny)
def test_every_architecture_learns_in_each_way_and_keeps_it_when_merged(
    architecture: str, tuning: str
) -> None:
    def base() -> Tuned:
        ways = settings(tuning, target_modules=None)
        return Tuned(random_base(tiny[architecture], 50), ways, seed=0)

    tuned, again = base(), base()
    losses = learn(tuned, 8)
    assert losses[-1] < losses[0]
    learnt = logits(tuned.plain)
    again.load(tuned.weights())
    assert torch.equal(logits(again.plain), learnt)
    torch.testing.assert_close(logits(tuned.merged()), learnt, rtol=1e-3, atol=1e-4)


def test_a_loss_counts_what_the_model_does_to_its_logits() -> None:
    model = random_base(tiny["gemma2"], 50)
    shares = logits(model)[:, 5:7].log_softmax(2)
    expected = -shares.gather(2, tokens[:, 6:8, None]).flatten()
    with torch.no_grad():
        torch.testing.assert_close(token_losses(model, tokens, wanted), expected)


def test_all_targets_are_the_matrices_of_the_decoder_and_not_the_output() -> None:
    names = Tuned(random_base(tiny["phi3"], 50), settings(target_modules=None), seed=0).weights()
    modules = {name.split(".")[-3] for name in names}
    assert modules == {"qkv_proj", "o_proj", "gate_up_proj", "down_proj"}


def test_a_target_that_the_architecture_lacks_is_refused_with_those_that_it_has() -> None:
    with pytest.raises(BadInput, match="a phi3 has no q_proj, v_proj") as caught:
        Tuned(
            random_base(tiny["phi3"], 50),
            settings(target_modules=["q_proj", "v_proj", "o_proj"]),
            seed=0,
        )
    assert "qkv_proj" in str(caught.value.remedy)


def test_only_the_lora_matrices_of_the_target_modules_are_trained() -> None:
    tuned = fresh()
    layers, rank, hidden, inside = 2, 3, 32, 48
    count = layers * rank * ((hidden + hidden) + (inside + hidden))
    assert sum(weight.numel() for weight in tuned.parameters) == count
    assert all("q_proj" in name or "down_proj" in name for name in tuned.weights())


def test_it_changes_nothing_to_begin_with() -> None:
    for tuning in ("lora", "full", "frozen"):
        before = logits(random_base(sizes(tie_embeddings=True), 50))
        tuned = Tuned(random_base(sizes(tie_embeddings=True), 50), settings(tuning), seed=0)
        assert torch.equal(logits(tuned.plain), before)


def test_training_leaves_the_base_untouched_to_the_bit() -> None:
    before = random_base(sizes(), 50).state_dict()
    base, learnt = base_of(trained()), trained().weights()
    assert base.keys() == before.keys()
    assert all(torch.equal(base[name], before[name]) for name in before)
    assert any(weight.abs().sum() > 0 for name, weight in learnt.items() if "lora_B" in name)


def test_of_a_frozen_model_the_output_matrix_learns_and_the_embedding_stays() -> None:
    tied = sizes(tie_embeddings=True)
    tuned = Tuned(random_base(tied, 50), settings("frozen"), seed=0)
    learn(tuned)
    before = random_base(tied, 50)
    assert list(tuned.weights()) == ["lm_head.weight"]
    assert not torch.equal(tuned.weights()["lm_head.weight"], before.lm_head.weight)
    assert torch.equal(tuned.plain.model.embed_tokens.weight, before.model.embed_tokens.weight)


def test_merging_adds_exactly_the_product_of_the_matrices() -> None:
    tuned = trained()
    matrices = tuned.weights()
    base = {name: weight.clone() for name, weight in base_of(tuned).items()}
    for name, weight in tuned.merged().state_dict().items():
        stem = "base_model.model." + name.removesuffix(".weight")
        expected = base[name]
        if f"{stem}.lora_A.weight" in matrices:
            # alpha / rank = 2
            product = matrices[f"{stem}.lora_B.weight"] @ matrices[f"{stem}.lora_A.weight"]
            expected = expected + 2 * product
        assert torch.equal(weight, expected), name


def test_weights_of_another_configuration_are_refused() -> None:
    tuned = trained(0)
    for changes in ({"rank": 4}, {"target_modules": ["q_proj"]}, {"tuning": "full"}):
        with pytest.raises(BadInput, match="the trained weights are not of this model"):
            tuned.load(trained(0, **changes).weights())


def test_the_matrices_are_a_function_of_the_seed() -> None:
    one, same, other = (fresh(seed=seed).weights() for seed in (1, 1, 2))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)


def test_beside_a_bfloat16_base_what_learns_stays_float32() -> None:
    for tuning in ("lora", "frozen"):
        tuned = fresh(torch.bfloat16, tuning=tuning)
        assert {weight.dtype for weight in tuned.parameters} == {torch.float32}
        with torch.autocast("cpu", torch.bfloat16):
            loss = token_losses(tuned.plain, tokens, wanted).mean()
        loss.backward()
        assert loss.dtype == torch.float32
