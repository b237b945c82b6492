"""The examples against a real zsnmpd and zsnmp-sim: what they print and how they fail.

usage: python3 -m pytest -rs clients/examples

A language that is not installed, or whose libraries are not there, is skipped, and pytest says
why. ZSNMP_EXAMPLES names languages that must be there: "perl ruby php rust java", or some of them.
"""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "integration"))
import harness  # noqa: E402

LANGUAGES = "perl", "ruby", "php", "rust", "java"
BUILD_LIMIT, RUN_LIMIT = 600, 60  # seconds: bounds for hangs, not for speed

# A record stands still, so that all that is printed is known; of the second device a GET lacks a value.
RECORD = """\
.1.3.6.1.2.1.1.1.0 = STRING: "Größe \\"A\\""
.1.3.6.1.2.1.1.3.0 = Timeticks: (4294967295) 497 days, 2:27:52.95
.1.3.6.1.2.1.2.2.1.2.1 = STRING: "lo"
.1.3.6.1.2.1.2.2.1.2.2 = STRING: "eth0"
.1.3.6.1.2.1.2.2.1.2.10 = ""
"""
PRINTED = """\
1.3.6.1.2.1.1.1.0 = Größe "A"
1.3.6.1.2.1.1.3.0 = 4294967295
1.3.6.1.2.1.2.2.1.2.1 = lo
1.3.6.1.2.1.2.2.1.2.2 = eth0
1.3.6.1.2.1.2.2.1.2.10 = \n"""


def build(argv, folder):
    return subprocess.run(argv, cwd=HERE / folder, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=BUILD_LIMIT, check=False)


def lack(*programs):
    return next((f"{name} is not installed" for name in programs if not shutil.which(name)), None)


def script(program, name, has_libraries):
    """A language whose example runs as it is. The libraries are there if has_libraries succeeds."""
    missing = lack(program)
    if not missing and build([program, *has_libraries], ".").returncode:
        missing = f"{program} lacks its ZeroMQ or MessagePack library"
    return missing, [program, str(HERE / name)]


def perl():
    return script("perl", "example.pl", ["-MZMQ::FFI", "-MData::MessagePack", "-e1"])


def ruby():
    return script("ruby", "example.rb", ["-rffi-rzmq", "-rmsgpack", "-e1"])


def php():
    return script("php", "example.php", [
        "-r", "exit(extension_loaded('zmq') && extension_loaded('msgpack') ? 0 : 1);"])


def rust():
    missing = lack("cargo", "pkg-config")
    if not missing and build(["pkg-config", "libzmq"], "rust").returncode:
        missing = "libzmq is not installed"
    if not missing and build(["cargo", "fetch"], "rust").returncode:
        missing = "cargo can not fetch the libraries"
    if not missing:
        done = build(["cargo", "build", "--quiet", "--offline"], "rust")
        assert done.returncode == 0, done.stdout
    return missing, [str(HERE / "rust" / "target" / "debug" / "example")]


def java():
    missing = lack("java", "javac", "mvn")
    classpath = HERE / "java" / "target" / "classpath"
    resolve = ["mvn", "-q", "-B", "dependency:build-classpath", f"-Dmdep.outputFile={classpath}"]
    if not missing and build(resolve, "java").returncode:
        missing = "Maven can not fetch the libraries"
    if missing:
        return missing, None
    done = build(["mvn", "-q", "-B", "compile"], "java")
    assert done.returncode == 0, done.stdout
    return None, ["java", "-cp", f"{HERE / 'java/target/classes'}:{classpath.read_text()}", "Example"]


@pytest.fixture(scope="module", params=LANGUAGES)
def program(request):
    """The command line of one language's example, without its arguments."""
    missing, argv = globals()[request.param]()
    if missing and request.param in os.environ.get("ZSNMP_EXAMPLES", "").split():
        pytest.fail(f"{request.param}: {missing}")
    if missing:
        pytest.skip(f"{request.param}: {missing}")
    return argv


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A broker's endpoint, and what makes a peer of the last number of an address."""
    directory = tmp_path_factory.mktemp("examples")
    (directory / "whole").write_text(RECORD, encoding="utf-8")
    (directory / "part").write_text(RECORD.replace(".1.3.0 ", ".1.4.0 "), encoding="utf-8")
    sim = harness.Simulator(
        "--record", f"{directory}/whole=127.0.0.1", "--record", f"{directory}/part=127.0.0.2",
        "--rule", "127.0.0.3: error=genErr", "--rule", "127.0.0.4: walk=loop:2")
    try:
        broker = harness.Broker(directory, bind=["tcp://127.0.0.1:*"])
        try:
            yield broker.tcp, lambda device: f"127.0.0.{device}:{sim.port}"
        finally:
            broker.end()
    finally:
        sim.stop()


def run(program, endpoint, peer):
    return subprocess.run([*program, endpoint, peer], stdin=subprocess.DEVNULL, capture_output=True,
                          encoding="utf-8", timeout=RUN_LIMIT, check=False)


def test_prints_what_the_device_says(program, world):
    endpoint, peer = world
    done = run(program, endpoint, peer(1))
    assert (done.stdout, done.stderr, done.returncode) == (PRINTED, "", 0)


def test_tells_that_a_device_has_no_such_object(program, world):
    endpoint, peer = world
    done = run(program, endpoint, peer(2))
    assert done.stdout == PRINTED.replace("4294967295", "no value")
    assert (done.stderr, done.returncode) == ("", 0)


def test_shows_an_error(program, world):
    endpoint, peer = world
    done = run(program, endpoint, peer(3))
    assert done.stdout == "" and done.returncode != 0
    assert done.stderr.startswith("genErr: ")


def test_tells_that_a_walk_was_cut_off(program, world):
    endpoint, peer = world
    done = run(program, endpoint, peer(4))
    assert "1.3.6.1.2.1.2.2.1.2.2 = " in done.stdout and done.returncode != 0
    assert done.stderr == "cut off: non_increasing\n"


def test_ends_without_a_service(program):
    nobody = f"tcp://127.0.0.1:{harness.free_port()}"
    done = run(program, nobody, "127.0.0.1")
    assert (done.stdout, done.stderr) == ("", "no answer from the service\n")
    assert done.returncode != 0
