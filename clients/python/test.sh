#!/bin/sh
# Runs the tests of the Python client: pytest with the arguments given, in a virtual environment.
# BUILD_DIR names where zsnmpd and zsnmp-sim are (default build); PYTHON as in venv.sh.
set -eu

cd "$(dirname "$0")"
python=$(./venv.sh)
exec "$python" -m pytest "$@"
