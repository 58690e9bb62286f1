"""What a part is run with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def interpreter(environment: str | None, root: Path, seconds: float | None = None) -> str:
    """The given one, or that of an environment, which may have to be made first; None: this one.

    Raises OSError or SubprocessError where it cannot be had in that time.
    """
    given = os.environ.get("BLACKSMITH_PYTHON")
    if given or environment is None:
        return given or sys.executable
    made = subprocess.run(
        ["npx", "blacksmith", "environment", environment],
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
        timeout=seconds,
        check=True,
    )
    return made.stdout.splitlines()[-1]


def variables(**more: str) -> dict[str, str]:
    """For nx, whose trainers find their modules themselves, and say what they leave out."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {**own, **more}
