"""Chooses the trials of sweeps, with the samplers of Optuna."""
