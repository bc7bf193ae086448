#!/bin/sh
# Pin every dependency by name, version and hash; no download address is recorded.
set -eu
venv=$1
"$venv/bin/python" -m pip --quiet install uv
for pair in "build:requirements.lock" "dev:requirements-dev.lock"; do
  group=${pair%%:*}
  lock=${pair#*:}
  "$venv/bin/uv" pip compile -q --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header --no-annotate --group "$group" pyproject.toml -o "$lock"
done
