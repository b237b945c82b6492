"""What the README shows works as it stands there, against a real snmpd."""
import os
import re
import subprocess
import sys

import conftest
import harness

README = os.path.join(os.path.dirname(__file__), "..", "..", "README.md")
CONTACT = "1.3.6.1.2.1.1.4.0"
V3 = conftest.v3("SHA", "AES")


def python_block():
    with open(README, encoding="utf-8") as source:
        return re.search(r"```python\n(.*?)```", source.read(), re.S).group(1)


def run_client(broker, device):
    code = python_block()
    assert len(code.splitlines()) <= 10
    code = code.replace("tcp://127.0.0.1:7161", broker.tcp)
    code, count = re.subn(r"^device = .*$", f"device = {device!r}", code, flags=re.M)
    assert count == 1
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60,
                         check=True).stdout
    return [eval(line, {}) for line in out.splitlines()]  # the client prints Python dicts


def check(broker, snmpd, device, who):
    oracle = snmpd.oracle
    oracle.set(who, snmpd.udp, (CONTACT, "s", "before"))
    got, walked, written = run_client(broker, device)
    assert got["varbinds"] == {CONTACT: b"before"}
    assert walked["complete"] and walked["stop"] == "out_of_tree"
    tool = [row for row in oracle.walk(who, snmpd.udp, "1.3.6.1.2.1.1")]
    assert list(walked["varbinds"]) == [row[0] for row in tool]
    assert written["varbinds"] == {CONTACT: b"ops@example.org"}
    assert oracle.get(who, snmpd.udp, CONTACT)[0][2] == b"ops@example.org"


def test_client_of_ten_lines_v2c(broker, snmpd):
    who = {"version": "2c", "community": "private"}
    check(broker, snmpd, {"peer": snmpd.udp, **who}, who)


def test_client_of_ten_lines_v3(broker, snmpd):
    check(broker, snmpd, {"peer": snmpd.udp, **V3}, V3)


def test_links_of_the_readme_lead_somewhere():
    with open(README, encoding="utf-8") as source:
        links = re.findall(r"\]\(([^)#:]+)\)", source.read())
    assert links
    for link in links:
        assert os.path.exists(os.path.join(os.path.dirname(README), link)), link
    assert harness.binary("zsnmpd")
