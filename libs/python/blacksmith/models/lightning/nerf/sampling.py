"""Where along its ray a field is asked."""

from __future__ import annotations

import torch
from torch import Tensor


def cube_span(rays: Tensor, bound: float) -> tuple[Tensor, Tensor]:
    """Where rays (n, 6) enter and leave the cube [-bound, bound]³: two (n,), equal on a miss."""
    origin, direction = rays[:, :3], rays[:, 3:]
    # A component of exactly 0 would give 0 · inf; this small one gives the same planes.
    inverse = 1 / torch.where(direction.abs() < 1e-9, 1e-9, direction)
    one, other = (-bound - origin) * inverse, (bound - origin) * inverse
    near = torch.minimum(one, other).amax(dim=1).clamp(min=0)
    far = torch.maximum(one, other).amin(dim=1)
    return near, torch.maximum(near, far)


def stratified(near: Tensor, far: Tensor, count: int, jitter: bool) -> tuple[Tensor, Tensor]:
    """One distance in each of `count` equal bins, (rays, count), and the bins' edges.

    `near` and `far` (rays,); the edges are (rays, count + 1). With `jitter` the distance is uniform
    in its bin, else it is the middle.
    """
    steps = torch.linspace(0, 1, count + 1, device=near.device)
    edges = near[:, None] + (far - near)[:, None] * steps
    place = torch.rand(len(near), count, device=near.device) if jitter else 0.5
    return edges[:, :-1] + place * (edges[:, 1:] - edges[:, :-1]), edges


def importance(edges: Tensor, weights: Tensor, count: int, jitter: bool) -> Tensor:
    """`count` sorted distances (rays, count) drawn from the density that weights give the bins.

    `edges` (rays, bins + 1), `weights` (rays, bins) ≥ 0. Inverse of the piecewise linear
    distribution function at stratified (or, without jitter, evenly spaced) numbers in 0..1.
    """
    # So that a ray that meets nothing is sampled evenly and no bin has width zero.
    share = weights + 1e-5
    share = share / share.sum(dim=1, keepdim=True)
    cumulative = torch.cat([torch.zeros_like(share[:, :1]), share.cumsum(dim=1)], dim=1)
    place = torch.rand(len(edges), count, device=edges.device) if jitter else 0.5
    wanted = (torch.arange(count, device=edges.device) + place) / count
    wanted = wanted.expand(len(edges), count)
    # As torch.searchsorted finds it, which not every device has.
    bin_ = (cumulative[:, None, 1:-1] <= wanted[..., None]).sum(dim=2)
    low, width = cumulative.gather(1, bin_), share.gather(1, bin_)
    left, right = edges.gather(1, bin_), edges.gather(1, bin_ + 1)
    return left + ((wanted - low) / width).clamp(0, 1) * (right - left)


def thickness(distances: Tensor, far: Tensor) -> Tensor:
    """Length of ray that each sorted sample (rays, count) stands for: up to the next, or to far."""
    following = torch.cat([distances[:, 1:], far[:, None].clamp(min=distances[:, -1:])], dim=1)
    return following - distances
