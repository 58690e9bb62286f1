"""One training of torch on several devices, each with a process of its own: data parallel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from blacksmith.training.context import Context

V = TypeVar("V", Tensor, float)

# For a step of the slowest; that a process has gone or frozen is noticed by others means.
_longest_step = timedelta(minutes=30)


class TorchRanks:
    """Shares each batch out among the processes of a training, and adds their gradients up::

        ranks = TorchRanks(ctx)
        for rows in map(ranks.share, order.split(batch_size)):
            loss = mean_loss(model, rows)
            loss.backward()
            ranks.add_gradients(model.parameters())
            optimizer.step()

    All processes begin with the same weights, take the same steps and so end with the same. Alone,
    a process has the whole batch, and nothing else happens.

    Gradients are added after the backward pass and always in one layout: torch's own
    DistributedDataParallel changes its own after the first step, so that from three processes on
    a training that is continued would add in another order than one that was not killed.
    """

    def __init__(self, ctx: Context[Any]) -> None:
        self.number, self.count = ctx.ranks.number, ctx.ranks.count
        # This process's part of the batch that was shared last; of none that was not, its turn.
        self._weight = 1 / self.count
        # In Lightning's words, with the number of the one device that this process sees.
        self.device = torch.device("cuda:0" if ctx.device.kind == "gpu" else "cpu")
        if self.count > 1 and not dist.is_initialized():
            dist.init_process_group(
                "nccl" if ctx.device.kind == "gpu" else "gloo",
                init_method=f"file://{ctx.ranks.folder / 'rendezvous'}",
                rank=self.number,
                world_size=self.count,
                timeout=_longest_step,
            )

    def share(self, rows: Tensor) -> Tensor:
        """This process's part of a batch: of 5 rows the first of two has 2, the second 3.

        Of fewer rows than processes some have none; such a one computes a row that does not count.
        """
        if self.count == 1:
            return rows
        total = len(rows)
        begin, end = (total * each // self.count for each in (self.number, self.number + 1))
        self._weight = (end - begin) / total
        return rows[begin:end] if end > begin else rows[:1]

    def add_gradients(self, parameters: Iterable[Tensor]) -> None:
        """Puts in place of each gradient that of the whole batch.

        Each process has the gradient of the mean over its own share. Call it before gradients are
        clipped.
        """
        if self.count == 1:
            return
        trained = [each for each in parameters if each.requires_grad]
        by_dtype: dict[torch.dtype, list[Tensor]] = {}
        for each in trained:
            by_dtype.setdefault(each.dtype, []).append(each)
        for group in by_dtype.values():
            self._add(group)

    def mean(self, values: Mapping[str, V]) -> dict[str, V | float]:
        """The means of the processes' values, for reports."""
        if self.count == 1:
            return dict(values)
        own = torch.tensor([float(value) for value in values.values()], dtype=torch.float64)
        total = own.to(self.device)
        dist.all_reduce(total)
        return dict(zip(values, (total / self.count).tolist(), strict=True))

    def _add(self, parameters: list[Tensor]) -> None:
        grads = [each.grad for each in parameters]
        present = parameters[0].new_tensor([grad is not None for grad in grads])
        flat = torch.cat(
            [
                *(
                    (torch.zeros_like(each) if grad is None else grad).reshape(-1)
                    for each, grad in zip(parameters, grads, strict=True)
                ),
                present,
            ]
        )
        flat *= self._weight
        dist.all_reduce(flat)
        *sums, counts = flat.split([*(each.numel() for each in parameters), len(parameters)])
        for number, (each, total) in enumerate(zip(parameters, sums, strict=True)):
            # Of a weight that this share did not need, another one may have a gradient.
            if grads[number] is not None or counts[number] > 0:
                each.grad = total.view_as(each)
