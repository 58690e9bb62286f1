"""Which steps there are, in which order, and how long each may take."""

from __future__ import annotations

import json
from dataclasses import dataclass

recipes = (
    "lightning-mnist",
    "jax-mnist",
    "lightning-cnn",
    "torch-cnn",
    "torch-nanogpt",
    "torch-llama",
    "lightning-nerf",
)

_digits = ("training.epochs=1", "acceptance.accuracy.at_least=0")
# As little work as takes the whole road.
_small = {
    "lightning-mnist": _digits,
    "jax-mnist": _digits,
    "lightning-cnn": _digits,
    "torch-cnn": _digits,
    "torch-nanogpt": (
        "dataset.tokens=characters",
        "model.layers=1",
        "model.width=32",
        "training.epochs=1",
        "training.batch_size=256",
        "evaluation.samples=0",
        "acceptance.bits_per_character.at_most=100",
    ),
    "torch-llama": (
        "dataset.sentences.train=300",
        "dataset.sentences.validation=60",
        "dataset.sentences.test=100",
        "dataset.base=null",
        "model.weights=random",
        "training.epochs=4",
        "acceptance.accuracy.at_least=0",
    ),
    "lightning-nerf": (
        "dataset.size=32",
        "dataset.views.train=8",
        "dataset.views.val=1",
        "dataset.views.test=2",
        "training.steps=40",
        "training.rays=256",
        "evaluation.turntable_frames=2",
        "acceptance.psnr.at_least=0",
    ),
}


@dataclass(frozen=True)
class Step:
    """A command, run in the root, that writes its figures as JSON to the file after `--result`."""

    name: str
    # At most; with those of the others more than there is: the last steps have what is left.
    seconds: float
    # The environment whose Python runs it; none: that of the whole.
    environment: str | None
    # Behind the interpreter.
    command: tuple[str, ...]


def plan_steps(device: str, small: bool) -> list[Step]:
    """What cannot be had otherwise comes first: speed, then all recipes, parity, and kills."""
    on, cuda = f"--device={device}", "-cuda" if device == "gpu" else ""
    module = ("-m",)
    lora = (
        ("--configuration=1b-random", "--steps=45", "--rounds=1", "--micro-batches", "32", "16")
        if not small
        else ("--steps=8", "--rounds=1", "--threads=1")
    )
    nerf = ("--seconds=60", "--to=30") if not small else ("--seconds=5", "--to=12", "--small")
    settings = json.dumps({name: _small[name] if small else () for name in recipes})
    # There is nothing else to hold the CPU against.
    parity = Step("parity", 60, None, (*module, "benchmarks.gpu.parity", on, settings))
    return [
        Step("machine", 30, f"torch-llama{cuda}", (*module, "benchmarks.gpu.machine", on)),
        Step("lora", 200, f"torch-llama{cuda}", ("benchmarks/causal_lm.py", on, *lora)),
        Step("nerf", 120, f"lightning{cuda}", (*module, "benchmarks.gpu.nerf", on, *nerf)),
        Step("recipes", 260, None, (*module, "benchmarks.gpu.recipes", on, settings)),
        *([] if device == "cpu" else [parity]),
        Step("kill", 120, None, (*module, "benchmarks.gpu.kill", on, *_killed(small))),
    ]


def _killed(small: bool) -> list[str]:
    settings = _small["torch-llama"] if small else ()
    return [each for each in settings if not each.startswith("acceptance")]
