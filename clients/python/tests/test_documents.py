"""README, example and package are what a newcomer meets: all of it is run as it is."""

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest
import styles

import zsnmp

HERE = Path(__file__).resolve().parents[1]
README = (HERE / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.S)
#: The first line that each block prints; of the first one all lines are in the README.
FIRST_LINES = (
    "{'1.3.6.1.2.1.1.5.0': b'sim-127-0-0-1'}",
    "{'1.3.6.1.2.1.1.5.0': b'sim-127-0-0-1'}",
    "[{'1.3.6.1.2.1.1.5.0': b'sim-127-0-0-1'}, {'1.3.6.1.2.1.1.5.0': b'sim-127-0-0-2'},"
    " {'1.3.6.1.2.1.1.5.0': b'sim-127-0-0-3'}]",
    "2 False limit 1.3.6.1.2.1.2.2.1.2.2",
    "{'name': b'lo', 'type': 24}",
    "0 failed",
    "timeout True",
)


def run(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, timeout=5 * styles.PATIENCE)
    assert done.returncode == 0, done.stderr
    return done.stdout


def adapted(block, serve):
    """A block for the service and the simulator of the tests."""
    block = block.replace(".Client()", f".Client({serve.endpoint!r})")
    block = block.replace(".Client(timeout", f".Client({serve.endpoint!r}, timeout")
    return "import zsnmp\n" + block.replace("16100", str(serve.port))


@pytest.mark.parametrize("place", range(len(BLOCKS)))
def test_readme(place, serve):
    printed = run(sys.executable, "-c", adapted(BLOCKS[place], serve))
    assert printed.splitlines()[0] == FIRST_LINES[place]


def quick_start_lines(python, serve):
    printed = run(python, "-c", adapted(BLOCKS[0], serve)).replace(str(serve.port), "16100")
    return sorted(printed.splitlines())


def test_quick_start_prints_what_the_readme_says(serve):
    shown = re.search(r"```text\n(.*?)```", README, re.S).group(1)
    assert quick_start_lines(sys.executable, serve) == sorted(shown.splitlines())


def test_interface_is_that_of_the_readme():
    """The calls of the table are the calls that there are, in each style."""
    table = README[README.index("| call | gives |") : README.index("In the asyncio style")]
    named = set(re.findall(r"^\| `(\w+)\(", table, re.M)) | {"close", "device"}
    for client in (zsnmp.Client, zsnmp.aio.Client, zsnmp.green.Client):
        assert {name for name in dir(client) if not name.startswith("_")} == named
    classes = set(re.findall(r"^\| `(\w+)`", README[README.index("| class | code |") :], re.M))
    errors = [one for one in vars(zsnmp).values() if isinstance(one, type) and issubclass(one, zsnmp.Error)]
    assert {one.__name__ for one in errors} == classes | {"Error"}


def test_version_is_that_of_the_project():
    version = (HERE.parents[1] / "VERSION").read_text().strip()
    assert zsnmp.__version__ == version
    assert f'version = "{version}"' in (HERE / "pyproject.toml").read_text()


def test_example(serve, tmp_path):
    dead, peers = f"127.31.0.9:{serve.port}", [f"127.31.0.{number}:{serve.port}" for number in (1, 2)]
    serve.say("rule 127.31.0.9: dead")
    devices = tmp_path / "devices"
    devices.write_text(f"{dead}\n{peers[1]}\n")
    lines = run(
        sys.executable, HERE / "examples/poll.py", "--endpoint", serve.endpoint, peers[0], "--file", devices
    ).splitlines()
    assert lines[0].split() == ["device", "name", "uptime", "if", "location"]
    assert lines[1].split()[:2] == [peers[0], "sim-127-31-0-1"]
    assert lines[2].split() == [dead, "(timeout)"]
    assert lines[3].split()[:2] == [peers[1], "sim-127-31-0-2"]
    assert lines[4].startswith("2 of 3 devices answered")


@pytest.mark.index
def test_wheel_installs_into_an_empty_environment(serve, tmp_path):
    run(HERE / "dist.sh", tmp_path / "dist")
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    (sdist,) = (tmp_path / "dist").glob("*.tar.gz")
    assert sdist.stat().st_size > 0
    venv.create(tmp_path / "venv")
    python = tmp_path / "venv/bin/python"
    pip = ("-m", "pip", "--python", python, "--quiet", "--disable-pip-version-check")
    run(sys.executable, *pip, "install", wheel)
    assert "py.typed" in os.listdir(next((tmp_path / "venv/lib").glob("*/site-packages/zsnmp")))
    assert len(quick_start_lines(python, serve)) == 8
