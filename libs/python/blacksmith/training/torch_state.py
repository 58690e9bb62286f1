"""Model files and checkpoint states for torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from blacksmith.training.codec import State, from_raw, to_raw
from blacksmith.training.order import sliceable_order
from blacksmith.training.tensorfile import Raw, read_tensors, write_tensors


class Stateful(Protocol):
    """A model, an optimizer, a scheduler, a loader."""

    def state_dict(self) -> Any:
        """Everything that its next step depends on."""

    def load_state_dict(self, state_dict: Any) -> Any:
        """The inverse."""


def capture(step: int, **parts: Stateful) -> State:
    """The state of `parts` after `step` steps, for `ctx.checkpoint`."""
    return {"step": step, **{name: part.state_dict() for name, part in parts.items()}}


def restore(state: State, **parts: Stateful) -> int:
    """Loads what `capture` took into `parts` and returns the step."""
    for name, part in parts.items():
        part.load_state_dict(state[name])
    step: int = state["step"]
    return step


def save_model(file: Path, tensors: Mapping[str, Tensor]) -> None:
    """Writes a safetensors file; equal tensors give equal bytes.

    Raises TypeError for what is no tensor, as the extra state of a module may be.
    """
    raws: dict[str, Raw] = {}
    for name, tensor in tensors.items():
        raw = to_raw(tensor, name)
        if raw is None:
            raise TypeError(f"{name} is a {type(tensor).__name__}; a model file holds tensors only")
        raws[name] = raw
    write_tensors(file, raws)


def load_model(file: Path, device: torch.device | str = "cpu") -> dict[str, Tensor]:
    """The tensors of a safetensors file; raises BadInput when it is damaged."""
    return {name: from_raw(raw, "torch").to(device) for name, raw in read_tensors(file).items()}


class IndexChunks:
    """Yields an epoch's sample indices in chunks of `steps` mini-batches.

    A chunk is what a loop does between two looks at the world (progress, checkpoint, stop), so
    that none of it costs anything a step. Split it with `chunk.split(batch_size)`: the last
    mini-batch of an epoch is smaller, never dropped. Resumes in the middle of an epoch.
    """

    def __init__(self, count: int, batch_size: int, steps: int, seed: int) -> None:
        self.count = count
        self.chunk = batch_size * steps
        self.seed = seed
        self.epoch = 0
        self.position = 0
        # Where Lightning looks for set_epoch; its own count of epochs is what holds after a resume.
        self.sampler = self

    def set_epoch(self, epoch: int) -> None:
        """Goes to the start of `epoch`, unless it is the present one."""
        if epoch != self.epoch:
            self.epoch, self.position = epoch, 0

    def __len__(self) -> int:
        """Chunks in an epoch."""
        return -(-self.count // self.chunk)

    def __iter__(self) -> Iterator[Tensor]:
        """The rest of the present epoch, each item (up to steps × batch_size,) int64."""
        if self.position >= self.count:
            self.epoch, self.position = self.epoch + 1, 0
        order = sliceable_order(self.seed, self.epoch, self.count)
        while self.position < self.count:
            begin, self.position = self.position, self.position + self.chunk
            yield torch.from_numpy(order[begin : self.position])

    def state_dict(self) -> State:
        """Where the loader is."""
        return {"seed": self.seed, "epoch": self.epoch, "position": self.position}

    def load_state_dict(self, state_dict: State) -> None:
        """Continues where another loader of the same data was."""
        self.seed = state_dict["seed"]
        self.epoch = state_dict["epoch"]
        self.position = state_dict["position"]


class IndicesInOrder:
    """Yields all sample indices once, in order, `size` at a time: for validation."""

    def __init__(self, count: int, size: int) -> None:
        self.count = count
        self.size = size

    def __len__(self) -> int:
        """Number of batches."""
        return -(-self.count // self.size)

    def __iter__(self) -> Iterator[Tensor]:
        """Batches (up to size,) int64."""
        for begin in range(0, self.count, self.size):
            yield torch.arange(begin, min(begin + self.size, self.count))
