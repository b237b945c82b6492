#!/bin/sh
# Runs the tests of the Python client: sets up build/clients/python-venv once, then pytest with the arguments given.
#
# PYTHON names the interpreter (default python3). BUILD_DIR names where zsnmpd and zsnmp-sim are.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
venv=$top/build/clients/python-venv

# One that has its venv module is needed; the first python3 of the path may be a stripped one.
find_python() {
    for python in "${PYTHON:-python3}" /usr/bin/python3; do
        if "$python" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    echo "test.sh: Python 3.9 or later with venv is needed (on Debian: apt-get install python3-venv)" >&2
    return 1
}

# The mark is written last: a set-up that was interrupted is done anew. It is done anew too where
# the dependencies may have changed.
if [ ! "$venv/ready" -nt "$here/pyproject.toml" ]; then
    python=$(find_python)
    rm -rf "$venv"
    mkdir -p "$(dirname "$venv")"
    "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -e "$here[test]"
    touch "$venv/ready"
fi

cd "$here"
exec "$venv/bin/python" -m pytest "$@"
