"""What is set for every library before a recipe starts."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("torch")

# In a process of its own: threads that already run keep what they started with.
products = """
import torch
from blacksmith.training import seeding
from blacksmith.training.request import Device

seeding.seed_libraries(0, Device(threads=2))
least = torch.finfo(torch.float32).tiny
print((torch.full((1_000_000,), least) * 0.5).count_nonzero().item())
"""


def test_torch_takes_numbers_below_the_least_normal_one_for_zero_on_every_thread() -> None:
    done = subprocess.run([sys.executable, "-c", products], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("0", "")
