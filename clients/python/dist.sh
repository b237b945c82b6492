#!/bin/sh
# Builds wheel and sdist into build/clients/dist, with the venv of test.sh's making or any python3 with venv.
set -eu
