#!/bin/bash
# Builds the client library and runs its tests against a real zsnmpd and zsnmp-sim: plain, and under
# AddressSanitizer and UBSan. The README's quick start and the example are compiled against an
# installed copy with what pkg-config says and nothing else.
#
# BUILD_DIR names where the programs of zsnmp are; ZSNMP_VECTORS_RESULTS a directory for c.json.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
ZSNMP_TOP=$(cd "$here/../.." && pwd)
BUILD_DIR=$(realpath "${BUILD_DIR:-$ZSNMP_TOP/build}")
work=$ZSNMP_TOP/build/clients/c
export ZSNMP_TOP BUILD_DIR
bad=0

"$ZSNMP_TOP/scripts/deps" clients

build() {
    make --no-print-directory -s -j2 -C "$here" BUILD="$1" CFLAGS="-g -Werror $2" all tests >/dev/null
}

told() {
    if [ "$2" -eq 0 ]; then
        echo "clients/c: $1 ok"
    else
        echo "clients/c: $1 FAILED"
        bad=1
    fi
}

run() {
    local name=$1 status=0
    shift
    "$@" || status=$?
    told "$name" "$status"
}

# Only what is ours, and all of the header.
exports() {
    local declared exported
    declared=$(grep -o '\bzsnmpc_[a-z0-9_]*(' "$here/zsnmpc.h" | tr -d '(' | grep -v '_fn$' | sort -u)
    exported=$(nm -D --defined-only "$work/lib/libzsnmpc.so" | awk '{ print $3 }' | sort -u)
    diff <(echo "$declared") <(echo "$exported")
}

quick_start() {
    local root=$work/installed flags answer
    rm -rf "$root"
    make --no-print-directory -s -C "$here" BUILD="$work" prefix="$root" install >/dev/null
    export PKG_CONFIG_PATH=$root/lib/pkgconfig
    awk '/^## Quick start/ { on = 1 } on && /^```$/ { exit } on && code { print } /^```c$/ { code = 1 }' \
        "$here/README.md" >"$work/quick.c"
    flags=$(pkg-config --cflags --libs zsnmpc)
    # shellcheck disable=SC2086
    cc -o "$work/quick" "$work/quick.c" $flags
    # shellcheck disable=SC2086
    cc -o "$work/poll" "$here/examples/poll.c" $flags
    # shellcheck disable=SC2046
    cc -o "$work/quick-static" "$work/quick.c" -Wl,-Bstatic -lzsnmpc -Wl,-Bdynamic \
        $(pkg-config --static --cflags --libs zsnmpc)
    # shellcheck disable=SC2086
    # shellcheck disable=SC2046
    echo '#include <zsnmpc.h>' | g++ -x c++ -std=c++11 -Wall -Wextra -pedantic -Werror \
        -c -o /dev/null - $(pkg-config --cflags zsnmpc)
    coproc SERVE { "$ZSNMP_TOP/tests/vectors/serve"; }
    local from=${SERVE[0]} to=${SERVE[1]} pid=$SERVE_PID about endpoint port
    read -r -t 60 about <&"$from"
    endpoint=$(sed 's/.*"endpoint": "\([^"]*\)".*/\1/' <<<"$about")
    port=$(sed 's/.*"port": \([0-9]*\).*/\1/' <<<"$about")
    for program in "$work/quick" "$work/quick-static"; do
        answer=$(LD_LIBRARY_PATH=$root/lib "$program" "$endpoint" "127.20.203.1:$port")
        grep -q '^1.3.6.1.2.1.1.1.0 = OCTET STRING: zsnmp simulated agent 127.20.203.1$' <<<"$answer"
        grep -q '^1.3.6.1.2.1.1.3.0 = TimeTicks: [0-9]*$' <<<"$answer"
    done
    answer=$(for i in $(seq 1 200); do echo "127.20.204.$i:$port"; done |
        LD_LIBRARY_PATH=$root/lib "$work/poll" "$endpoint")
    [ "$(grep -c "^127.20.204.[0-9]*:$port  *sim-127-20-204-[0-9]* .* 4$" <<<"$answer")" -eq 200 ]
    exec {to}>&-
    wait "$pid"
}

build "$work" -O2
build "$work-address" \
    "-O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined"
# Some wait for devices and brokers most of the time, so the others run beside them.
slow="vectors loss"
declare -A pids
for name in $slow; do
    ZSNMP_VECTORS_RESULTS='' timeout 240 "$work-address/test/zsnmpc/$name" \
        >"$work-address/$name.log" 2>&1 &
    pids["$name (sanitizers)"]=$!
    timeout 240 "$work/test/zsnmpc/$name" >"$work/$name.log" 2>&1 &
    pids["$name"]=$!
done

run exports exports
run "quick start" timeout 60 bash -c "$(declare -f quick_start); set -euo pipefail
    here='$here' work='$work'; quick_start"
for source in "$here"/tests/test_*.c; do
    name=$(basename "$source" .c)
    name=${name#test_}
    [[ " $slow " != *" $name "* ]] || continue
    run "$name" timeout 120 "$work/test/zsnmpc/$name"
    run "$name (sanitizers)" timeout 120 "$work-address/test/zsnmpc/$name"
done
for name in $slow; do
    for kind in "" " (sanitizers)"; do
        status=0
        wait "${pids["$name$kind"]}" || status=$?
        cat "$work${kind:+-address}/$name.log"
        told "$name$kind" "$status"
    done
done
exit "$bad"
