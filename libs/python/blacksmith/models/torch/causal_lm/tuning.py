"""What of a model learns: matrices beside it (LoRA), its output matrix, or all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from blacksmith.models.torch.causal_lm.architecture import output_matrix
from blacksmith.models.torch.causal_lm.lora import add_lora
from blacksmith.training.failure import BadInput


class Tuned:
    """A model of which a part learns; the rest stays as it is.

    `lora`: low-rank matrices beside its own. `frozen`: the decoder stays, and the output matrix
    learns, as one of its own where it was the embedding, too. `full`: everything.
    """

    def __init__(self, model: PreTrainedModel, settings: Mapping[str, Any], seed: int) -> None:
        self.tuning: str = settings["tuning"]
        self.plain = model
        self.lora = add_lora(model, settings["lora"], seed) if self.tuning == "lora" else None
        if self.tuning == "full":
            model.requires_grad_(True)
        if self.tuning == "frozen":
            head = output_matrix(model)
            head.weight = torch.nn.Parameter(head.weight.detach().float().clone())
            model.config.tie_word_embeddings = False

    @property
    def parameters(self) -> list[torch.nn.Parameter]:
        """What the optimizer trains."""
        return list(self._learning().values())

    def weights(self) -> dict[str, Tensor]:
        """A copy of what learns on the CPU: LoRA matrices by PEFT's names, else by the model's."""
        return {
            self._saved_name(name): weight.detach().cpu().clone()
            for name, weight in sorted(self._learning().items())
        }

    def load(self, weights: Mapping[str, Tensor]) -> None:
        """The inverse; raises BadInput when these are not of this model."""
        _copy(weights, {self._saved_name(name): w for name, w in self._learning().items()})

    def merged(self) -> PreTrainedModel:
        """The plain model with what was learnt inside it; nothing learns any more."""
        if self.lora is not None:
            merged: Any = self.lora.merge_and_unload()
            self.plain, self.lora = merged, None
        return self.plain.requires_grad_(False)

    def to(self, device: torch.device) -> PreTrainedModel:
        """Moves the model there; it is the plain one, with what learns inside it."""
        untyped: Any = self.plain
        untyped.to(device)
        return self.plain

    def train(self, learning: bool = True) -> None:
        """Switches dropout on or off."""
        self.plain.train(learning)

    def _learning(self) -> dict[str, torch.nn.Parameter]:
        # Asked each time: on some devices a model that is moved gets new parameters.
        named = self.plain.named_parameters()
        return {name: weight for name, weight in named if weight.requires_grad}

    def _saved_name(self, name: str) -> str:
        # As PEFT saves them: without the name that an adapter has among several.
        return f"base_model.model.{name.replace('.default', '')}" if self.lora else name


def whole_weights(model: PreTrainedModel) -> dict[str, Tensor]:
    """All weights on the CPU, a tied matrix once."""
    return {name: weight.detach().cpu() for name, weight in sorted(model.named_parameters())}


def load_whole(model: PreTrainedModel, weights: Mapping[str, Tensor]) -> None:
    """The inverse; raises BadInput when these are not of this model."""
    _copy(weights, dict(model.named_parameters()))


def _copy(weights: Mapping[str, Tensor], into: Mapping[str, Tensor]) -> None:
    given, expected = ({name: w.shape for name, w in of.items()} for of in (weights, into))
    if given != expected:
        differing = sorted(n for n in expected.keys() | given if expected.get(n) != given.get(n))
        raise BadInput(
            f"the trained weights are not of this model: {len(differing)} matrices differ,"
            f" the first is {differing[0]}",
            remedy="train again with the sizes and target modules of this configuration",
        )
    with torch.no_grad():
        for name, weight in into.items():
            weight.copy_(weights[name])
