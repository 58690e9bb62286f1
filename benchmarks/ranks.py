"""A step of two processes of one training, beside that of two that torchrun starts.

Both train one small convolutional network on random images, each process with one thread and half
of each batch: as `TorchRanks` adds gradients up, and as torch's DistributedDataParallel does.
Neither is bound to cores: a lease would do that, and torchrun does not.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from blacksmith.models.torch.cnn import CNN
from blacksmith.training.frameworks.torch import Torch
from blacksmith.training.request import Device

rounds, steps, warm_up, batch = 5, 150, 30, 64


def main() -> None:
    """Prints the median of a step for each, and their ratio."""
    found: dict[str, list[float]] = {"processes of a training": [], "torchrun": []}
    with tempfile.TemporaryDirectory() as name:
        for number in range(rounds):
            for which, run in (("processes of a training", _our_way), ("torchrun", _torchrun)):
                result = Path(name) / f"{which}-{number}"
                result.mkdir()
                run(result)
                found[which].append(float((result / "seconds").read_text()))
    ours, theirs = (statistics.median(each) for each in found.values())
    for which, seconds in found.items():
        print(f"{which}: {1e3 * statistics.median(seconds):.2f} ms a step")
    print(f"ratio: {ours / theirs:.2f}")


def _our_way(folder: Path) -> None:
    request = {
        "target": "train",
        "entry": {"file": str(Path(__file__).resolve())},
        "function": "train",
        "config": {"result": str(folder / "seconds")},
        "output": "output",
        "device": {"kind": "cpu", "count": 2, "threads": 1, "processes": 2},
    }
    (folder / "request.json").write_text(json.dumps(request))
    _run(["-P", "-m", "blacksmith.training", str(folder / "request.json")])


def _torchrun(folder: Path) -> None:
    options = ["--standalone", "--nproc-per-node=2"]
    _run(["-m", "torch.distributed.run", *options, __file__, str(folder / "seconds")])


def _run(arguments: list[str]) -> None:
    variables = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    subprocess.run([sys.executable, *arguments], env=variables, check=True, capture_output=True)


def train(ctx: Any) -> None:
    """The recipe."""
    from blacksmith.training.torch_ranks import TorchRanks

    ranks, model = TorchRanks(ctx), _model()

    def add_up() -> None:
        ranks.add_gradients(model.parameters())

    seconds = _time_steps(model, model, ranks.share, add_up)
    if ctx.ranks.is_first:
        Path(ctx.config.result).write_text(str(seconds))


def _as_torchrun_does(result: Path) -> None:
    import torch.distributed as dist
    from torch.nn.parallel import DistributedDataParallel

    Torch().seed(0, Device(threads=1))  # the same arithmetic, whose determinism has its price
    dist.init_process_group("gloo")
    number, model = dist.get_rank(), _model()
    parallel = DistributedDataParallel(model)

    def share(rows: Tensor) -> Tensor:
        return rows.chunk(2)[number]

    seconds = _time_steps(model, parallel, share, lambda: None)
    if number == 0:
        result.write_text(str(seconds))
    dist.destroy_process_group()


def _model() -> CNN:
    torch.manual_seed(0)
    return CNN(inputs=784, classes=10, channels=16, hidden=128, dropout=0.25)


def _time_steps(
    model: nn.Module,
    forward: nn.Module,
    share: Callable[[Tensor], Tensor],
    add_up: Callable[[], None],
) -> float:
    """Median seconds of a step."""
    torch.set_num_threads(1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001, fused=True)
    images, labels = torch.randn(1000, 784), torch.randint(0, 10, (1000,))
    times = []
    for _ in range(steps):
        began = time.perf_counter()
        rows = share(torch.randint(0, 1000, (batch,)))
        loss = F.cross_entropy(forward(images[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        add_up()
        optimizer.step()
        times.append(time.perf_counter() - began)
    return statistics.median(times[warm_up:])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _as_torchrun_does(Path(sys.argv[1]))
    else:
        main()
