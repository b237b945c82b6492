#!/bin/bash
# The module as it is shipped: build/clients/dist/zsnmp-go-VERSION.tar.gz, without tests and benchmark. The
# same files give the same bytes.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
name=zsnmp-go-$(cat "$top/VERSION")
out=${DIST_DIR:-$top/build/clients/dist}

mkdir -p "$out"
cd "$here"
find . -type f \( -name '*.go' -o -name go.mod -o -name go.sum -o -name README.md \) \
    ! -name '*_test.go' ! -path './internal/*' ! -path './bench/*' -print0 |
    LC_ALL=C sort -z |
    tar --null --files-from=- --create --transform "s,^\.,$name," --mtime=@0 --mode=a+rX,u+w,go-w \
        --owner=0 --group=0 --numeric-owner --format=ustar |
    gzip -9n >"$out/$name.tar.gz"
echo "$out/$name.tar.gz"
