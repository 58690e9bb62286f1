"""Stands in for wandb: takes what `log_run.py` calls and writes it to a file.

Signatures and rules after wandb's documentation of `init`, `Run.log`, `Run.summary` and
`Run.finish`: a step must not fall, and nothing is logged after `finish`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


class Run:
    """One run; `url` is None while offline."""

    url = None

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.history: list[list[Any]] = []
        self.summary: dict[str, Any] = {}
        self.finished = False

    def log(
        self, data: dict[str, Any], step: int | None = None, commit: bool | None = None
    ) -> None:
        """Adds values at a step."""
        if self.finished:
            raise RuntimeError("Run is finished. The call to `log` will be ignored.")
        if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
            raise TypeError("data must be a dictionary with string keys")
        if self.history and step is not None and step < self.history[-1][0]:
            raise RuntimeError(f"step {step} is less than the current one")
        self.history.append([step, data])
        self.summary |= data

    def finish(self, exit_code: int | None = None, quiet: bool | None = None) -> None:
        """Ends the run."""
        self.finished = True
        Path(os.environ["STAND_IN_FOR_WANDB"]).write_text(json.dumps(vars(self)), encoding="utf-8")


def init(
    *,
    entity: str | None = None,
    project: str | None = None,
    id: str | None = None,  # noqa: A002
    name: str | None = None,
    notes: str | None = None,
    tags: list[str] | None = None,
    config: dict[str, Any] | None = None,
    group: str | None = None,
    job_type: str | None = None,
    mode: str | None = None,
    resume: bool | str | None = None,
) -> Run:
    """Starts a run; an id may not hold what stands in an address."""
    if id is None or any(character in id for character in "/\\#?%:"):
        raise ValueError(f"Invalid run ID: {id}")
    return Run(
        project=project, id=id, name=name, tags=tags, config=config, group=group, job_type=job_type
    )
