"""Runs a recipe in a capsule and a box inside a test, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

declare_in = "experiments/anvil/experiment.yaml"

_system = ("/bin", "/lib", "/lib64", "/usr", "/etc", "/proc", "/sys", "/dev")
_scratch = ("/dev/null", "/dev/shm", "/dev/tty")


@dataclass
class BoxedRun:
    """What a run reported, and how it ended."""

    status: int
    events: list[dict[str, Any]]
    printed: str

    @property
    def failed(self) -> dict[str, Any]:
        """The event that says why the run failed."""
        (found,) = [e for e in self.events if e["event"] == "failed"]
        return found

    @property
    def warnings(self) -> list[str]:
        """What the recipe reported by ctx.warn."""
        return [e["message"] for e in self.events if e["event"] == "warning"]


@dataclass
class BoxedTrial:
    """A workspace with one experiment below `folder`, and the capsule that was made of it."""

    folder: Path
    network: str = "open"
    read: list[Path] = field(default_factory=list)

    @property
    def workspace(self) -> Path:
        """Where people edit."""
        return self.folder / "workspace"

    @property
    def experiment(self) -> Path:
        """The experiment's folder in the workspace."""
        return self.workspace / "experiments" / "anvil"

    @property
    def tree(self) -> Path:
        """The capsule."""
        return self.folder / "capsule"

    def write(self, path: str, text: str) -> Path:
        """Writes a file of the workspace that no capsule has."""
        file = self.workspace / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def declare(self, path: str, text: str) -> Path:
        """Writes a file into the workspace, and its copy into the capsule, which is given back."""
        copy = self.tree / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text)
        self.write(path, text)
        return copy

    def request(self, *, recipe: str = "experiments/anvil/recipe.py") -> Path:
        """Writes the request that trains."""
        request = {
            "version": 1,
            "target": "train",
            "entry": {"file": str(self.tree / recipe)},
            "function": "train",
            "config": {},
            "inputs": {},
            "sources": {},
            "output": str(self.folder / "run" / "output"),
            "records": str(self.folder / "run" / "records"),
            "work": str(self.folder / "run" / "work"),
            "device": {"kind": "cpu", "count": 1, "threads": 1, "ids": []},
            "seed": 3,
            "resume": None,
            "capsule": {"tree": str(self.tree), "workspace": str(self.workspace)},
            "box": {
                "read": [str(path) for path in self.readable()],
                "write": [str(self.folder / "run"), *_scratch],
                "declare_in": declare_in,
                "network": self.network,
            },
        }
        file = self.folder / "run" / "work" / "request.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(request))
        return file

    def readable(self) -> list[Path]:
        """The system, the interpreter with its packages, the capsule."""
        python = (sys.prefix, sys.base_prefix, *filter(None, sys.path))
        return [*map(Path, (*_system, *python)), self.tree, *self.read]

    def run(self, recipe: str, *, command: tuple[str, ...] = ()) -> BoxedRun:
        """Declares the recipe and trains as the executor does. `command` goes before Python's."""
        self.declare("experiments/anvil/recipe.py", recipe)
        events_in, events_out = os.pipe()
        with os.fdopen(events_in, encoding="utf-8") as stream:
            process = subprocess.Popen(
                [*command, *self.python(), str(self.request())],
                cwd=self.tree / "experiments" / "anvil",
                env=self.variables() | {"BLACKSMITH_EVENTS_FD": str(events_out)},
                pass_fds=[events_out],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            os.close(events_out)
            events = [json.loads(line) for line in stream]
            printed, _ = process.communicate(timeout=60)
        return BoxedRun(process.returncode, events, printed)

    def python(self) -> list[str]:
        """The command that a request follows."""
        return [sys.executable, "-P", "-m", "blacksmith.training"]

    def variables(self) -> dict[str, str]:
        """The environment of a trainer, without what would make it one under the executor."""
        temporary = self.folder / "run" / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("BLACKSMITH", "PYTHON"))}
        paths = [str(self.tree / "libs" / "python"), *(path for path in sys.path if path)]
        return kept | {
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONHASHSEED": "0",
            "HOME": str(temporary),
            "TMPDIR": str(temporary),
        }
