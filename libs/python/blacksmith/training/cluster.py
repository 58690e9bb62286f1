"""Forgets what a cluster's launcher has set: a run is one process, wherever it was started from."""

from __future__ import annotations

import os

# Lightning, torch and MPI libraries take such variables for an order to wait for other processes.
_launchers = ("SLURM_", "SRUN_", "TORCHELASTIC_", "OMPI_", "PMI", "MPI_", "MV2_", "LSB_", "JSM_",
              "FLUX_", "HYDRA_", "TPU_WORKER_")  # fmt: skip
_ranks = ("RANK", "LOCAL_RANK", "NODE_RANK", "GROUP_RANK", "ROLE_RANK", "GLOBAL_RANK",
          "WORLD_SIZE", "LOCAL_WORLD_SIZE", "GROUP_WORLD_SIZE", "ROLE_WORLD_SIZE",
          "MASTER_ADDR", "MASTER_PORT")  # fmt: skip


def forget_cluster() -> None:
    """For a run by hand and in tests; the executor hands on no such variable."""
    for name in list(os.environ):
        if name in _ranks or name.startswith(_launchers):
            del os.environ[name]
