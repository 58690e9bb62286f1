#!/usr/bin/env bash
# Installs the browser that the tests of pages look through, where it is missing and may be installed (Debian, root).
# Without it those tests are skipped and say so; nothing else needs it.
set -euo pipefail

for name in "${BLACKSMITH_CHROMIUM:-}" chromium chromium-browser google-chrome; do
  if [ -n "$name" ] && command -v "$name" >/dev/null; then
    echo "The tests of pages use $(command -v "$name")."
    exit 0
  fi
done

if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo 'No Chromium, and it cannot be installed here (that takes apt-get and root): the tests of pages will be skipped.' >&2
  echo 'Install Chromium or Chrome, or name one: BLACKSMITH_CHROMIUM=/path/to/chromium' >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
echo "Installed $(chromium --version 2>/dev/null)."
