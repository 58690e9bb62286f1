"""The trainer's side of the protocol: what a recipe is given and how a run is carried out."""

from blacksmith.training.context import Context, State

__all__ = ["Context", "State"]
