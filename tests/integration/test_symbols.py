"""What libzsnmp shows to the linker, and that it lives beside a system libnetsnmp."""
import re
import shutil
import subprocess

import pytest

import harness

HEADER = harness.TOP / "include" / "zsnmp.h"
LIBRARIES = harness.BUILD / "lib"
SOURCE = harness.TOP / "tests" / "c" / "system" / "two_libs.c"
SANITIZERS = {"address": "address,undefined", "undefined": "undefined", "thread": "thread"}


def run(*argv, **kwargs):
    done = subprocess.run([str(a) for a in argv], text=True, capture_output=True, check=False,
                          timeout=harness.PATIENCE * 4, **kwargs)
    assert done.returncode == 0, f"{argv}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def declared():
    return set(re.findall(r"ZSNMP_EXPORT[^;(]*?\b(zsnmp_\w+)\(", HEADER.read_text()))


def defined(*argv):
    return {line.split()[0].partition("@")[0]
            for line in run("nm", "--defined-only", "--format=posix", *argv).splitlines()
            if line and not line.endswith(":")}


def test_header_declares_what_it_should():
    assert {"zsnmp_pool_new", "zsnmp_version", "zsnmp_server_stop", "zsnmp_reply_varbind"} <= \
        declared()


def test_shared_library_exports_the_public_functions_and_nothing_else():
    assert defined("-D", LIBRARIES / "libzsnmp.so") == declared()


def test_static_library_exports_the_public_functions_and_nothing_else():
    symbols = defined("-g", LIBRARIES / "libzsnmp.a")
    # The compiler's own, of an instrumented object.
    symbols = {s for s in symbols if not re.match(r"_*(asan|odr|sancov)|DW\.ref", s)}
    assert symbols == declared()


def test_soname():
    out = run("readelf", "-d", LIBRARIES / "libzsnmp.so")
    assert re.search(r"SONAME.*\[libzsnmp\.so\.\d+\]", out)
    needed = re.findall(r"NEEDED.*\[(\S+)\]", out)
    assert not [lib for lib in needed if "netsnmp" in lib or "czmq" in lib or "ssl" in lib]


@pytest.mark.parametrize("kind", ["shared", "static"])
def test_beside_the_systems_libnetsnmp(kind, sim, directory):
    if not shutil.which("net-snmp-config"):
        pytest.skip("the system has no libnetsnmp to build against")
    program = f"{directory}/two_libs"
    flags = ["-std=c11", "-D_GNU_SOURCE", "-g", "-pthread", f"-I{HEADER.parent}"]
    sanitizer = harness.BUILD.name.rpartition("-")[2] if harness.SANITIZED else None
    if sanitizer:
        flags.append(f"-fsanitize={SANITIZERS[sanitizer]}")
    ours = [f"-L{LIBRARIES}", "-lzsnmp", f"-Wl,-rpath,{LIBRARIES}"]
    if kind == "static":
        ours = [LIBRARIES / "libzsnmp.a", "-lzmq", "-lmsgpackc", "-lcares", "-lcrypto"]
    for libraries in ([*ours, "-lnetsnmp"], ["-lnetsnmp", *ours]):  # in either order
        run("cc", *flags, SOURCE, "-o", program, *libraries)
        version = run(program, sim.port)
        assert version.startswith("5.")
