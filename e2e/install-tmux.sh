#!/usr/bin/env bash
# Installs tmux for the tests of stopping in a terminal, where it is missing and may be installed (Debian, root).
# Without it they look at a plain shell alone and say so; nothing else needs it.
set -euo pipefail

if command -v tmux >/dev/null; then
  echo "The tests of terminals use $(tmux -V)."
  exit 0
fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo 'No tmux, and it cannot be installed here (that takes apt-get and root): its tests will be skipped.' >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends tmux >/dev/null
echo "Installed $(tmux -V)."
