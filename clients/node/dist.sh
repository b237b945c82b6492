#!/bin/sh
# Makes the npm package: build/clients/dist/zsnmp-VERSION.tgz at the top of the tree.
set -eu

cd "$(dirname "$0")"
dist=${DIST_DIR:-$(cd ../.. && pwd)/build/clients/dist}
mkdir -p "$dist"
npm pack --silent --pack-destination "$dist"
