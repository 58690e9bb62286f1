"""What the figures were measured on."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

from benchmarks.gpu.figures import write_figures

packages = ("torch", "transformers", "peft", "lightning", "jax")


def main() -> None:
    """Device, driver and versions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", required=True)
    parser.add_argument("--result", type=Path, required=True)
    options = parser.parse_args()
    versions = {name: _version(name) for name in packages}
    figures = {
        "device": _gpus() if options.device == "gpu" else _processor(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "Python": platform.python_version(),
        **{name: version for name, version in versions.items() if version},
        **({"CUDA of torch": _cuda()} if options.device == "gpu" else {}),
        "commit": _said("git", "describe", "--always", "--dirty"),
    }
    write_figures(options.result, figures)


def _gpus() -> str:
    query = "--query-gpu=name,driver_version,memory.total"
    return _said("nvidia-smi", query, "--format=csv,noheader").replace("\n", "; ")


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _cuda() -> str:
    import torch

    return str(torch.version.cuda)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _said(*command: str) -> str:
    try:
        ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError) as error:
        return f"unknown ({error})"
    return ended.stdout.strip()


if __name__ == "__main__":
    main()
