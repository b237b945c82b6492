#!/bin/bash
# Makes a source tarball of the client library in build/clients/dist that builds by its own Makefile,
# and tries it: unpacked elsewhere it is built, installed, and a program is linked with it.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
version=$(cat "$top/VERSION")
name=zsnmpc-$version
dist=$top/build/clients/dist
tarball=$dist/$name.tar.gz
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

mkdir -p "$dist" "$scratch/$name"
cp -r "$here"/{Makefile,README.md,zsnmpc.h,zsnmpc.pc.in,src,examples} "$top/VERSION" "$scratch/$name/"
# Links of the README lead out of the tarball, and the tests need the programs of zsnmp.
sed -i -e '/^## Testing/,$d' -e 's|(\.\./\.\./docs/PROTOCOL\.md)|(PROTOCOL.md)|' -e 's|(\.\./README\.md)|(CLIENTS.md)|' \
    "$scratch/$name/README.md"
cp "$top/docs/PROTOCOL.md" "$scratch/$name/"
cp "$top/clients/README.md" "$scratch/$name/CLIENTS.md"
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@${SOURCE_DATE_EPOCH:-0}" \
    -C "$scratch" -cf - "$name" | gzip -n >"$tarball"

mkdir "$scratch/try"
tar -C "$scratch/try" -xzf "$tarball"
make --no-print-directory -s -C "$scratch/try/$name" all >/dev/null
make --no-print-directory -s -C "$scratch/try/$name" prefix="$scratch/try/installed" install >/dev/null
export PKG_CONFIG_PATH=$scratch/try/installed/lib/pkgconfig LD_LIBRARY_PATH=$scratch/try/installed/lib
cat >"$scratch/try/program.c" <<'C'
#include <stdio.h>
#include <zsnmpc.h>
int main(void)
{
    zsnmpc_t *client = zsnmpc_new("tcp://127.0.0.1:1", NULL);
    int good = client != NULL && puts(zsnmpc_version()) >= 0;
    zsnmpc_destroy(&client);
    return !good;
}
C
# shellcheck disable=SC2046
cc -o "$scratch/try/program" "$scratch/try/program.c" $(pkg-config --cflags --libs zsnmpc)
[ "$("$scratch/try/program")" = "$version" ]
[ "$(pkg-config --modversion zsnmpc)" = "$version" ]
echo "$tarball"
