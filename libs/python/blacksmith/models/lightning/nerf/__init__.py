"""Radiance fields: the paper's MLPs, and feature grids inside a carved volume.

Both are renderers with one face: `renderer(rays, background)` gives the colours of rays, the coarse
field's first where there is one.
"""

from __future__ import annotations

from blacksmith.models.lightning.nerf.coarse_fine import CoarseFineRenderer
from blacksmith.models.lightning.nerf.grid_renderer import GridRenderer
from blacksmith.models.lightning.nerf.occupancy import carve

__all__ = ["CoarseFineRenderer", "GridRenderer", "carve"]
