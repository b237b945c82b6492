#!/bin/sh
# Builds wheel and sdist into build/clients/dist, or into the directory given.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../../build/clients/dist}
python=$("$here/venv.sh")
mkdir -p "$out"
exec "$python" -m build --no-isolation --outdir "$out" "$here"
