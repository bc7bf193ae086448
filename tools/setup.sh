#!/bin/sh
# Make the virtual environment and install exactly what the lock names. Run again, it is quick.
set -eu
lock=$1
venv=$2

find_python() {
  for name in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python; do
    [ -n "$name" ] || continue
    command -v "$name" >/dev/null 2>&1 || continue
    "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && {
      printf '%s\n' "$name"
      return
    }
  done
  printf 'Evenhand needs Python 3.11 or newer, and none was found.\n' >&2
  printf 'Install one, or name it: make %s PYTHON=/path/to/python3\n' "${MAKECMDGOALS:-demo}" >&2
  exit 1
}

if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
  python=$(find_python)
  printf 'Making %s with %s …\n' "$venv" "$("$python" --version)"
  rm -rf "$venv"
  "$python" -m venv "$venv" || {
    printf 'The environment could not be made. On Debian and Ubuntu: apt install python3-venv\n' >&2
    rm -rf "$venv"
    exit 1
  }
fi
printf 'Installing what %s names …\n' "$lock"
"$venv/bin/python" -m pip --quiet --disable-pip-version-check install --require-hashes -r "$lock"
"$venv/bin/python" -m pip --quiet --disable-pip-version-check install --no-deps \
  --no-build-isolation -e .
# once and for all: some machines never write bytecode, and would compile it at every start
"$venv/bin/python" -m compileall -q src/evenhand || true
