"""The limits of control groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from blacksmith.training.cpu_quota import cpu_quota


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, None),
        ({"job/step/cpu.max": "max 100000"}, None),
        ({"job/step/cpu.max": "50000 100000"}, 0.5),
        ({"job/step/cpu.max": "max 100000", "job/cpu.max": "150000 100000"}, 1.5),
        ({"job/step/cpu.max": "300000 100000", "job/cpu.max": "50000 100000"}, 0.5),
        ({"cpu.max": "50000 100000"}, 0.5),
        ({"other/cpu.max": "50000 100000"}, None),
        ({"job/cpu.max": "what", "cpu.max": "1 0"}, None),
    ],
)
def test_the_smallest_limit_of_the_group_and_those_above_it_counts(
    tmp_path: Path, limits: dict[str, str], expected: float | None
) -> None:
    for name, text in {"sys/fs/cgroup/x/y": "", "proc/self/cgroup": "0::/job/step\n"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    for name, text in limits.items():
        file = tmp_path / "sys/fs/cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")
    assert cpu_quota(tmp_path) == expected


def test_without_control_groups_there_is_no_limit(tmp_path: Path) -> None:
    assert cpu_quota(tmp_path) is None
