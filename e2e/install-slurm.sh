#!/usr/bin/env bash
# Installs Slurm and munge for the tests of jobs on a cluster, where they are missing and may be installed (Debian, root).
# Without them those tests are skipped and say so; nothing else needs them. No daemon is left running.
set -euo pipefail

if command -v sbatch >/dev/null && command -v slurmctld >/dev/null && command -v munged >/dev/null; then
  echo "The tests of clusters use the Slurm that is here."
  exit 0
fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo 'No Slurm, and it cannot be installed here (that takes apt-get and root): its tests will be skipped.' >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends slurmctld slurmd slurm-client munge >/dev/null
echo "Installed Slurm for the tests of clusters."
