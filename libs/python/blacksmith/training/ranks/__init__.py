"""Several processes of one training: one for each of its devices, all started by the first."""

from blacksmith.training.ranks.ranks import PeerLost, Ranks

__all__ = ["PeerLost", "Ranks"]
