"""The weights to keep of a plain torch loop."""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor, nn


class Best:
    """A copy of a model's weights where it scored highest so far; of equal scores the earliest.

    Before the first score it holds the model's own. One of the parts for `capture` and `restore`.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self.score = -math.inf
        self.weights = _copy(model)

    def offer(self, score: float) -> None:
        """Keeps the model's present weights if `score` is higher than any before."""
        if score > self.score:
            self.score, self.weights = score, _copy(self._model)

    def state_dict(self) -> dict[str, Any]:
        """Score and weights."""
        return {"score": self.score, "weights": self.weights}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """The inverse."""
        self.score, self.weights = state_dict["score"], state_dict["weights"]


def _copy(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}
