"""Frameworks: what a run must know of each, and the table to which a workspace adds its own."""

from blacksmith.training.frameworks.framework import Framework
from blacksmith.training.frameworks.leaf import Leaf, code_of
from blacksmith.training.frameworks.table import register
from blacksmith.training.tensorfile import Raw

__all__ = ["Framework", "Leaf", "Raw", "code_of", "register"]
