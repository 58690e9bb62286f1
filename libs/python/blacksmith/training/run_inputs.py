"""What a run is given: its parameters and its paths."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, cast

from blacksmith.training.failure import BadInput
from blacksmith.training.request import Device, Request

if TYPE_CHECKING:
    # Python 3.11 knows no defaults; whoever writes `Context` alone means any parameters.
    from typing_extensions import TypeVar

    Parameters_co = TypeVar("Parameters_co", covariant=True, default=Any)
else:
    from typing import TypeVar

    Parameters_co = TypeVar("Parameters_co", covariant=True)


class RunInputs(Generic[Parameters_co]):
    """The part of a recipe's context that is read."""

    def __init__(self, request: Request) -> None:
        self._request = request

    @property
    def config(self) -> Parameters_co:
        """The target's sections of the configuration: `ctx.config.training.epochs`."""
        return cast("Parameters_co", self._request.config)

    @property
    def data(self) -> Path:
        """Folder of the prepared data."""
        return self._needed(self._request.data, "prepared data")

    @property
    def model(self) -> Path:
        """The trained model.safetensors (evaluate only)."""
        return self._needed(self._request.model, "trained model")

    @property
    def sources(self) -> Mapping[str, Path]:
        """Local paths of a data set's sources, by their names in sources.yaml (prepare only)."""
        return self._request.sources

    @property
    def output(self) -> Path:
        """Folder for what the computation makes; equal runs must leave equal bytes in it."""
        return self._request.output

    @property
    def work(self) -> Path:
        """Folder for working state.

        Of a training only the checkpoints in it pass to the next run of the same lineage; what
        else stands there is taken away when a run starts. What a preparation or an evaluation
        leaves in it outlives a kill of the same run.
        """
        return self._request.work

    @property
    def device(self) -> Device:
        """Kind, count, host threads and ids of the leased device."""
        return self._request.device

    @property
    def seed(self) -> int:
        """The run's seed. The global generators are seeded with it before the recipe starts."""
        return self._request.seed

    def _needed(self, path: Path | None, what: str) -> Path:
        if path is None:
            raise BadInput(f"the request for {self._request.target} names no {what} (inputs)")
        return path
