#!/usr/bin/env bash
# Installs the servers that a store is shared through in tests, nginx and Swift, where they are missing and may be
# installed (Debian, root). Without them those tests are skipped and say so; nothing else needs them.
set -euo pipefail

swift() { /usr/bin/python3 -c 'import eventlet, swift.common.middleware.s3api' 2>/dev/null; }

if command -v nginx >/dev/null && swift; then
  echo "The tests of remotes use $(nginx -v 2>&1) and Swift."
  exit 0
fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo 'No nginx or no Swift, and they cannot be installed here (that takes apt-get and root): their tests will be skipped.' >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends nginx-light python3-swift >/dev/null
echo "Installed $(nginx -v 2>&1) and Swift."
