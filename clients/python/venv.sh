#!/bin/bash
# Sets up build/clients/python-venv, once, with the package and all that its tests need, and prints
# the interpreter of it. PYTHON names the one to make it with (default python3).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
venv=$(cd "$here/../.." && pwd)/build/clients/python-venv

# The first python3 of the path may be one without its venv module.
find_python() {
    for python in "${PYTHON:-python3}" /usr/bin/python3; do
        if "$python" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    echo "Python 3.9 or later with venv is needed (on Debian: apt-get install python3-venv)" >&2
    return 1
}

# The mark comes last, so that what was interrupted is done anew; so it is where dependencies may
# have changed.
if [ ! "$venv/ready" -nt "$here/pyproject.toml" ]; then
    python=$(find_python)
    rm -rf "$venv"
    mkdir -p "$(dirname "$venv")"
    "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -e "${here}[test]" >&2
    touch "$venv/ready"
fi
echo "$venv/bin/python"
