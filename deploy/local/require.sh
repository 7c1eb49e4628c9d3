#!/usr/bin/env bash
# Names what this machine lacks, with the Debian command that installs it:  require.sh python java maven chromium
# With --packages first, prints only the names of the Debian packages and succeeds.
set -euo pipefail

only_packages=
[ "${1:-}" != --packages ] || { only_packages=yes && shift; }

missing=()
lacks() { # lacks WHAT PACKAGE...
  [ -n "$only_packages" ] || echo "Missing: $1" >&2
  missing+=("${@:2}")
}

java_major() {
  local line
  line=$("${JAVA_HOME:+$JAVA_HOME/bin/}java" -version 2>&1) || return 0
  [[ $line =~ version\ \"([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

for need in "$@"; do
  case $need in
    make) command -v make >/dev/null || lacks "make" make ;;
    python)
      python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        lacks "Python 3.11 or newer, as python3" python3
      python3 -c 'import venv, ensurepip' 2>/dev/null || lacks "Python's venv" python3-venv
      ;;
    java) [ "$(java_major)0" -ge 170 ] || lacks "Java 17 or newer, to run Kafka" openjdk-17-jre-headless ;;
    maven) command -v mvn >/dev/null || lacks "Maven, to fetch Kafka" maven ;;
    chromium) command -v chromium >/dev/null || lacks "Chromium, to test the pages" chromium fonts-dejavu ;;
    *) echo "require.sh knows nothing of $need" >&2 && exit 2 ;;
  esac
done

if [ -n "$only_packages" ]; then
  printf '%s\n' "${missing[@]}"
elif [ ${#missing[@]} -gt 0 ]; then
  echo "Install with: sudo apt-get install ${missing[*]}" >&2
  exit 1
fi
