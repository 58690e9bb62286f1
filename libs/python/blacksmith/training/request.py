"""The request that starts a trainer: one JSON file, written by the executor or by hand."""

from __future__ import annotations

import difflib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args

from blacksmith.training.capsule import Capsule
from blacksmith.training.failure import BadInput
from blacksmith.training.refusal import Box, Network

Target = Literal["prepare-data", "train", "evaluate"]
DeviceKind = Literal["cpu", "gpu", "tt"]
targets = ("prepare-data", "train", "evaluate")


class Config(dict[str, Any]):
    """A tree of parameters, read as `config["training"]["epochs"]` or `config.training.epochs`."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            near = difflib.get_close_matches(name, self, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; it has {', '.join(self)}"
            raise AttributeError(f"the configuration has no {name} here{hint}") from None


@dataclass(frozen=True)
class Device:
    """Where the run computes: what the lease gave, already bound by environment variables."""

    kind: DeviceKind = "cpu"
    count: int = 1
    # Of each process.
    threads: int = 2
    ids: tuple[str, ...] = ()
    # That share the devices evenly, for one training.
    processes: int = 1


@dataclass(frozen=True)
class CheckpointPolicy:
    """When checkpoints are written and which stay."""

    # A kill loses at most this much work, as long as a checkpoint costs less than 2 % of it.
    every_seconds: float = 25.0
    # Two, so that a checkpoint with a broken byte has a predecessor to fall back to.
    keep_last: int = 2
    keep_every_steps: int | None = None


@dataclass(frozen=True)
class Request:
    """One target of one experiment, resolved: what to compute, from what, and where it goes."""

    target: Target
    entry_file: Path | None
    entry_module: str | None
    function: str
    config: Config
    output: Path
    records: Path
    work: Path
    data: Path | None = None
    model: Path | None = None
    sources: dict[str, Path] = field(default_factory=dict)
    device: Device = field(default_factory=Device)
    seed: int = 0
    resume: Path | None = None
    checkpoints: CheckpointPolicy = field(default_factory=CheckpointPolicy)
    capsule: Capsule | None = None
    box: Box | None = None


def read_request(file: Path) -> Request:
    """Reads and checks a request; paths in it are relative to the file's folder."""
    try:
        raw = json.loads(file.read_text(encoding="utf-8"), object_hook=Config)
    except FileNotFoundError:
        raise BadInput(f"there is no request file {file}") from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{file} is not JSON: {error}") from None
    return _Reader(file, raw).request()


class _Reader:
    """Takes the fields of one request apart, naming file and field when one is wrong."""

    def __init__(self, file: Path, raw: object) -> None:
        self.file = file
        if not isinstance(raw, Config):
            raise BadInput(f"{file} does not hold a JSON object")
        self.raw = raw

    def request(self) -> Request:
        if self.raw.get("version", 1) != 1:
            raise BadInput(
                f"{self.file}: version {self.raw['version']} is unknown to this trainer",
                remedy="use the Python sources and the executor of one checkout",
            )
        target = self.text("target")
        if target not in targets:
            raise BadInput(f"{self.file}: target must be one of {', '.join(targets)}, not {target}")
        entry = self.object("entry")
        inputs = self.object("inputs", default=True)
        return Request(
            target=cast(Target, target),
            entry_file=self.path(entry["file"]) if "file" in entry else None,
            entry_module=entry.get("module"),
            function=self.text("function"),
            config=self.object("config", default=True),
            output=self.path(self.text("output")),
            records=self.path(self.raw.get("records", "records")),
            work=self.path(self.raw.get("work", "work")),
            data=self.optional_path(inputs.get("data")),
            model=self.optional_path(inputs.get("model")),
            sources={n: self.path(p) for n, p in self.object("sources", default=True).items()},
            device=self.device(),
            seed=int(self.raw.get("seed") or 0),
            resume=self.optional_path(self.raw.get("resume")),
            checkpoints=_checkpoint_policy(),
            capsule=self.capsule(),
            box=self.box(),
        )

    def device(self) -> Device:
        device = self.object("device", default=True)
        return Device(
            kind=device.get("kind", "cpu"),
            count=int(device.get("count", 1)),
            threads=int(device.get("threads", 2)),
            ids=tuple(str(i) for i in device.get("ids", ())),
            processes=int(device.get("processes", 1)),
        )

    def capsule(self) -> Capsule | None:
        if self.raw.get("capsule") is None:
            return None
        tree, workspace = (
            self.path(self.text(f"capsule.{name}")) for name in ("tree", "workspace")
        )
        return Capsule(tree, workspace)

    def box(self) -> Box | None:
        if self.raw.get("box") is None:
            return None
        network = self.value("box.network") or "open"
        if network not in get_args(Network):
            known = ", ".join(get_args(Network))
            raise BadInput(f"{self.file}: box.network must be one of {known}, not {network}")
        return Box(
            read=self.paths("box.read"),
            write=self.paths("box.write"),
            declare_in=self.text("box.declare_in"),
            listed=self.paths("box.listed") if self.value("box.listed") else (),
            network=cast(Network, network),
        )

    def text(self, name: str) -> str:
        value = self.value(name)
        if not isinstance(value, str):
            raise BadInput(f"{self.file}: {name} must be a string, not {json.dumps(value)}")
        return value

    def paths(self, name: str) -> tuple[Path, ...]:
        value = self.value(name)
        if not isinstance(value, list) or not all(isinstance(path, str) for path in value):
            raise BadInput(f"{self.file}: {name} must be a list of paths, not {json.dumps(value)}")
        return tuple(self.path(path) for path in value)

    def value(self, name: str) -> Any:
        """The value of a field; `box.read` is one in an object."""
        parent, _, own = name.rpartition(".")
        return (self.object(parent) if parent else self.raw).get(own)

    def object(self, name: str, *, default: bool = False) -> Config:
        value = self.raw.get(name)
        if value is None and default:
            return Config()
        if not isinstance(value, Config):
            raise BadInput(f"{self.file}: {name} must be an object, not {json.dumps(value)}")
        return value

    def path(self, text: str | Path) -> Path:
        return (self.file.parent / text).resolve()

    def optional_path(self, text: str | None) -> Path | None:
        return self.path(text) if text else None


def _checkpoint_policy() -> CheckpointPolicy:
    """As people with a costly machine that may vanish, and tests, set it: it shapes no result."""
    seconds = number_of("BLACKSMITH_CHECKPOINT_SECONDS")
    every = number_of("BLACKSMITH_KEEP_EVERY_STEPS")
    return CheckpointPolicy(
        every_seconds=CheckpointPolicy.every_seconds if seconds is None else seconds,
        keep_every_steps=int(every) if every else None,
    )


def number_of(variable: str) -> float | None:
    """The value of an environment variable that holds a number; None where it is not set."""
    text = os.environ.get(variable)
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise BadInput(
            f"{variable}={text} is not a number from 0",
            remedy=f"unset it, or set it to a number: {variable}=25",
        )
    return value
