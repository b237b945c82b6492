#!/bin/sh
# Runs the examples whose language and libraries are here, and says which it leaves out and why.
# BUILD_DIR names where zsnmpd and zsnmp-sim are (default: build at the top of the tree).
set -eu
cd "$(dirname "$0")"
exec "${PYTHON:-/usr/bin/python3}" -m pytest -q -rs -p no:cacheprovider .
