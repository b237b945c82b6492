#!/bin/bash
# All there is to test here. BUILD_DIR names where zsnmpd and zsnmp-sim are (default: build);
# ZSNMP_VECTORS_RESULTS a directory for go.json, what became of the conformance vectors.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
BUILD_DIR=$(realpath "${BUILD_DIR:-$top/build}")
export BUILD_DIR
if [ -n "${ZSNMP_VECTORS_RESULTS:-}" ]; then
    ZSNMP_VECTORS_RESULTS=$(realpath "$ZSNMP_VECTORS_RESULTS")
    export ZSNMP_VECTORS_RESULTS
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A program outside of the module uses it as it is shipped.
use_the_distribution() {
    local name
    name=$(basename "$(DIST_DIR="$work" "$here/dist.sh")" .tar.gz)
    tar --extract --gzip --file "$work/$name.tar.gz" --directory "$work"
    mkdir "$work/program"
    cd "$work/program"
    sed -n '/quick start: begin/,/quick start: end/p' "$work/$name/README.md" | grep -v '^<!--\|^```' >main.go
    go mod init example.org/program
    go mod edit -require github.com/zsnmp/zsnmp/clients/go@v0.0.0 \
        -replace "github.com/zsnmp/zsnmp/clients/go=$work/$name"
    go mod tidy
    go vet ./...
    go build -o program .
}

cd "$here"
unformatted=$(gofmt -l .)
if [ -n "$unformatted" ]; then
    echo "not as gofmt has it: $unformatted" >&2
    exit 1
fi
go vet ./...
go test -race -count=1 -timeout 180s ./...
(cd bench && go vet ./... && go test -count=1 -timeout 60s ./...)
(use_the_distribution) >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    exit 1
}
echo "the module as it is shipped builds the quick start"
