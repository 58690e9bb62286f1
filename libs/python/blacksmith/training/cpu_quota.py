"""How much processor time the control groups around this process leave it."""

from __future__ import annotations

from pathlib import Path


def cpu_quota(root: Path = Path("/")) -> float | None:
    """The smallest limit in cores, of version 2 of control groups; None where there is none."""
    groups = root / "sys/fs/cgroup"
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    own = next((line[3:].strip("/") for line in lines if line.startswith("0::")), "")
    # In a container the path may lie outside what is mounted: only its own file counts.
    folders = [groups / own, *(groups / parent for parent in Path(own).parents), groups]
    return min(filter(None, map(_limit_in, folders)), default=None)


def _limit_in(folder: Path) -> float | None:
    try:
        quota, period = (folder / "cpu.max").read_text(encoding="utf-8").split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None
