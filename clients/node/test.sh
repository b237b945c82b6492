#!/bin/sh
# Installs what the client needs, where that has not been done, checks its types and runs all of its tests.
# BUILD_DIR names where zsnmpd and zsnmp-sim are (default: build at the top of the tree).
set -eu

cd "$(dirname "$0")"
if ! cmp -s package-lock.json node_modules/.installed; then
    npm ci --no-audit --no-fund
    cp package-lock.json node_modules/.installed
fi
node_modules/.bin/tsc --project .
exec timeout 600 node --test test/*.test.js
