#!/usr/bin/env bash
# Sees to it that this machine has what make needs:  require.sh make python chromium prometheus
# For root, Debian's packages are installed; for others, what is missing is named with the command that installs it.
# (Chromium an ordinary user gets from Playwright, in a cache of the user's own; .venv must have been made.)
set -euo pipefail
cd "$(dirname "$0")/../.."

has() {
  case $1 in
    make) command -v make >/dev/null ;;
    python) python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && can_install ;;
    chromium) command -v chromium >/dev/null || has_own_chromium ;;
    prometheus) command -v prometheus >/dev/null && command -v promtool >/dev/null ;;
    *) echo "require.sh knows nothing of $1" >&2 && exit 2 ;;
  esac
}

can_install() { # uv, with which the rest is installed, comes by pip, through venv or not
  [ -x .tools/bin/uv ] || command -v uv >/dev/null ||
    python3 -c 'import venv, ensurepip' 2>/dev/null || python3 -c 'import pip' 2>/dev/null
}

has_own_chromium() {
  [ -x .venv/bin/python ] && .venv/bin/python - <<'PYTHON'
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    sys.exit(not Path(playwright.chromium.executable_path).exists())
PYTHON
}

packages_of() {
  case $1 in
    python) echo python3 python3-venv ;;
    chromium) echo chromium fonts-dejavu ;;
    *) echo "$1" ;;
  esac
}

missing=()
for need in "$@"; do
  has "$need" || missing+=("$need")
done
[ ${#missing[@]} -gt 0 ] || exit 0

read -ra packages <<<"$(for need in "${missing[@]}"; do packages_of "$need"; done | tr '\n' ' ')"
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  echo "Installing ${packages[*]} ..."
  export DEBIAN_FRONTEND=noninteractive
  # Debian would start the package's own Prometheus, now and at each boot. Ours is a process of `make monitoring`.
  policy=/usr/sbin/policy-rc.d
  if [[ " ${missing[*]} " == *" prometheus "* ]]; then
    [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && trap 'rm -f "$policy"' EXIT; }
    service=prometheus
  fi
  apt-get update -qq && apt-get install -qq --yes --no-install-recommends "${packages[@]}" >/dev/null || true
  [ -z "${service:-}" ] || ! command -v systemctl >/dev/null || systemctl disable --quiet "$service" 2>/dev/null || true
elif [ "${missing[*]}" = chromium ]; then
  echo "Fetching Chromium for the tests of the pages ..."
  .venv/bin/playwright install chromium || true
fi

for need in "${missing[@]}"; do
  has "$need" || { echo "Missing: $need. Install it with: sudo apt-get install $(packages_of "$need")" >&2 && failed=yes; }
done
[ -z "${failed:-}" ]
