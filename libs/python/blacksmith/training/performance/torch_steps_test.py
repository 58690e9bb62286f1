"""What is seen of a training with torch, and that seeing it changes nothing."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor, nn  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from blacksmith.training.performance import step_clock, torch_steps  # noqa: E402
from blacksmith.training.performance.step_clock import StepClock, ticking  # noqa: E402


class Network(nn.Module):
    """A convolution, attention, dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(1, 8, 3, padding=1)
        self.linear = nn.Linear(8, 5)

    def forward(self, images: Tensor) -> Tensor:
        rows = self.convolution(images).flatten(2).transpose(1, 2)[:, None]
        mixed = nn.functional.scaled_dot_product_attention(rows, rows, rows)[:, 0]
        logits: Tensor = self.linear(nn.functional.dropout(mixed.mean(1), 0.5))
        return logits


def train(network: nn.Module, steps: int, pieces: int = 1) -> dict[str, Tensor]:
    """The weights after so many steps of two pieces each, and the state of the generator."""
    torch.manual_seed(0)
    for weight in network.parameters():
        nn.init.normal_(weight)
    optimizer = torch.optim.Adam(network.parameters())
    for _ in range(steps):
        for _ in range(pieces):
            images, labels = torch.randn(4, 1, 6, 6), torch.randint(0, 5, (4,))
            nn.functional.cross_entropy(network(images), labels).backward()
        optimizer.step()
        optimizer.zero_grad()
    return {**network.state_dict(), "random": torch.get_rng_state()}


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has every step timed or counted."""
    for name in ("_seconds_between_samples", "_seconds_between_counts"):
        monkeypatch.setattr(step_clock, name, 0)


def watched(run: Callable[[], dict[str, Tensor]]) -> tuple[StepClock, dict[str, Tensor]]:
    clock = StepClock()
    end = torch_steps.watch_steps(clock)
    with ticking(clock):
        found = run()
    clock.drop()
    end()
    return clock, found


def test_a_training_that_is_watched_ends_with_the_same_bits(often: None) -> None:
    clock, found = watched(lambda: train(Network(), 16, pieces=2))
    assert clock.counted == clock.sampled == 7
    expected = train(Network(), 16, pieces=2)
    assert all(torch.equal(found[name], value) for name, value in expected.items())


def test_every_part_of_a_step_takes_time(often: None) -> None:
    clock, _ = watched(lambda: train(Network(), 12))
    assert clock.seconds.keys() == {"forward", "backward", "optimizer"}
    assert min(clock.seconds.values()) > 0


def test_operations_are_counted_as_torch_counts_them() -> None:
    network = nn.Sequential(nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Linear(128, 5))
    clock, _ = watched(lambda: train(network, 4))
    with FlopCounterMode(display=False) as counter:
        train(network, 1)
    assert clock.counted == 1
    assert clock.operations == {"float32": counter.get_total_flops()}


def test_attention_on_the_cpu_counts_too() -> None:
    clock, _ = watched(lambda: train(Network(), 4))
    # Scores and sums over 36 places of 8 channels in 4 images; two products' slopes are four.
    product = 2 * 4 * 36 * 36 * 8
    convolution, linear = 2 * 4 * 36 * 9 * 8, 2 * 4 * 8 * 5
    # Images need no slopes.
    assert clock.operations["float32"] == 2 * convolution + 3 * linear + (2 + 4) * product


def test_what_the_compiler_has_made_is_not_counted() -> None:
    torch.compiler.reset()
    clock, _ = watched(lambda: train(torch.compile(Network(), backend="eager"), 4))
    torch._dynamo.utils.counters.clear()
    assert clock.counter is None
    assert not clock.operations


def test_hooks_are_gone_afterwards() -> None:
    before = torch.autograd.backward
    clock, _ = watched(lambda: train(Network(), 3))
    assert torch.autograd.backward is before
    steps = clock.steps
    train(Network(), 1)
    assert clock.steps == steps == 3


def test_a_trace_names_what_was_done(tmp_path: Path) -> None:
    end = torch_steps.start_trace(tmp_path / "trace.json.gz")
    train(Network(), 1)
    end()
    with gzip.open(tmp_path / "trace.json.gz", "rt") as trace:
        names = {event.get("name") for event in json.load(trace)["traceEvents"]}
    assert "aten::convolution" in names
