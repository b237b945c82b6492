"""The example in workers/: built by make, run as a program of somebody's."""
import re
import subprocess

import harness

EMBED = harness.binary("examples/embed")


def embed(*devices):
    done = subprocess.run([EMBED, *devices], text=True, capture_output=True, check=False,
                          timeout=harness.PATIENCE)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout.splitlines()


def test_prints_values_of_each_device(sim):
    devices = [sim.peer(i) for i in range(20)]
    lines = embed(*devices)
    assert len(lines) == 2 * len(devices)
    for device in devices:
        of_device = [line for line in lines if line.startswith(device + ": ")]
        assert len(of_device) == 2
        assert re.fullmatch(r'.*: \.?1\.3\.6\.1\.2\.1\.1\.5\.0 = STRING: ".*"', of_device[0])
        assert re.fullmatch(r".*: \.?1\.3\.6\.1\.2\.1\.1\.3\.0 = Timeticks: .*", of_device[1])


def test_says_what_is_wrong(sim, dead):
    silent = f"127.0.0.1:{dead.port}"
    lines = embed("not a peer", sim.peer(0), silent, "127.0.0.1:0")
    assert len(lines) == 5
    assert sum(line.startswith("not a peer: ") for line in lines) == 1
    assert sum(line.startswith("127.0.0.1:0: ") for line in lines) == 1
    assert f"{silent}: the device did not answer in time" in lines
    assert sum(line.startswith(sim.peer(0)) for line in lines) == 2


def test_nothing_to_do():
    assert embed() == []


def test_is_as_short_as_its_page_says():
    source = (harness.TOP / "workers" / "embed.c").read_text().splitlines()
    assert len(source) <= 50
