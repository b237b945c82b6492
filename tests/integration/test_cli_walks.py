"""What zsnmp does with walks in parts and of several roots, and with a broker that goes away."""
import json
import re
import signal
import subprocess

import pytest

import harness
from fake_broker import INTEGER, FakeBroker, failure
from test_cli import IF_TABLE, SYSTEM, ZSNMP, environment, zsnmp

ROWS = 40000  # of a long walk
COLUMNS = [f"{IF_TABLE}.1.{column}" for column in (1, 2, 5)]


# --- in parts --------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", ["1", "7", "100000"])
def test_a_walk_in_parts_prints_the_same(broker, sim, rows):
    whole = zsnmp(broker.ipc, "walk", sim.peer(1), IF_TABLE).stdout
    parts = zsnmp(broker.ipc, "walk", sim.peer(1), IF_TABLE, "--stream", rows).stdout
    names = [[line.split(" = ")[0] for line in text.splitlines()] for text in (whole, parts)]
    assert names[0] == names[1] != []


def test_parts_are_printed_while_the_walk_goes_on():
    """The rest comes only after what came first has been printed."""
    with FakeBroker(lambda _: {"varbinds": [["1.3.1", INTEGER, 1]], "more": True}) as fake:
        child = subprocess.Popen([ZSNMP, "walk", "h", "1.3", "--stream", "1", "-e", fake.endpoint],
                                 stdout=subprocess.PIPE, text=True, env=environment())
        try:
            assert child.stdout.readline() == ".1.3.1 = INTEGER: 1\n"
            child.send_signal(signal.SIGINT)
            child.wait(harness.PATIENCE)
        finally:
            child.kill()
            child.wait()
    assert fake.messages[0]["stream"] == 1


def test_parts_as_json_and_csv():
    def answer(_message):
        return [{"varbinds": [["1.3.1", INTEGER, 1]], "more": True},
                {"varbinds": [["1.3.2", INTEGER, 2]], "more": False, "complete": True,
                 "stop": "out_of_tree", "quirks": ["too_big"]}]

    with FakeBroker(answer) as fake:
        out = zsnmp(fake.endpoint, "walk", "h", "1.3", "--stream", "1", "--json").stdout
        csv = zsnmp(fake.endpoint, "walk", "h", "1.3", "--stream", "1", "--csv").stdout
    first, last = map(json.loads, out.splitlines())
    assert first == {"peer": "h", "ok": True, "error": None, "more": True, "varbinds": [
        {"oid": "1.3.1", "type": "INTEGER", "value": 1}]}
    assert last == {"peer": "h", "ok": True, "error": None, "complete": True,
                    "stop": "out_of_tree", "next": None, "quirks": ["too_big"], "varbinds": [
                        {"oid": "1.3.2", "type": "INTEGER", "value": 2}]}
    assert len(csv.splitlines()) == 3


def test_an_empty_last_part_is_no_empty_walk():
    def answer(_message):
        return [{"varbinds": [["1.3.1", INTEGER, 1]], "more": True},
                {"varbinds": [], "more": False, "complete": True, "stop": "out_of_tree"}]

    with FakeBroker(answer) as fake:
        done = zsnmp(fake.endpoint, "walk", "h", "1.3", "--stream", "1")
    assert done.stdout == ".1.3.1 = INTEGER: 1\n"
    assert len(fake.messages) == 1


def peak_kib(*args):
    """The most memory that a run of zsnmp had until shortly before its end; all lines are read."""
    child = subprocess.Popen([ZSNMP, *args], stdout=subprocess.PIPE, text=True, env=environment())
    with child.stdout:
        for number, _ in enumerate(child.stdout, 1):
            if number == ROWS - 5000:  # more than what fits between it and us: it still runs
                with open(f"/proc/{child.pid}/status", encoding="ascii") as status:
                    peak = int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1))
    assert child.wait(harness.PATIENCE) == 0 and number == ROWS
    return peak


@pytest.mark.skipif(harness.SANITIZED, reason="a sanitizer keeps what is freed")
def test_a_long_walk_in_parts_needs_little_memory(broker, new_sim, tmp_path):
    record = tmp_path / "long.walk"
    record.write_text("".join(f'.1.3.6.1.4.1.32473.7.{n} = STRING: "{n:0200}"\n'
                              for n in range(1, ROWS + 1)), "utf-8")
    sim = new_sim("--record", f"{record}=127.0.9.1")
    walk = ["walk", f"127.0.9.1:{sim.port}", "1.3.6.1.4.1.32473.7", "-e", broker.ipc]
    # Of the whole there is at least every value once, and that is what makes the difference.
    assert peak_kib(*walk) - peak_kib(*walk, "--stream", "200") > ROWS * 200 // 1024


# --- of several roots ------------------------------------------------------------------------


def test_several_roots(broker, sim):
    done = zsnmp(broker.ipc, "walk", sim.peer(1), *COLUMNS)
    one_by_one = "".join(zsnmp(broker.ipc, "walk", sim.peer(1), column).stdout
                         for column in COLUMNS)
    assert done.stdout == one_by_one != ""


def test_several_roots_go_on_where_they_were_cut_off(broker, sim):
    whole = zsnmp(broker.ipc, "walk", sim.peer(1), *COLUMNS).stdout.splitlines()
    starts, lines = [], []
    for _ in range(len(whole)):
        done = zsnmp(broker.ipc, "walk", sim.peer(1), *COLUMNS, "--limit", "3", "--json", *starts)
        reply = json.loads(done.stdout)
        lines += [vb["oid"] for vb in reply["varbinds"]]
        if reply["complete"]:
            break
        assert reply["stop"] == "limit" and len(reply["next"]) == len(COLUMNS)
        starts = [word for oid in reply["next"] for word in ("--start", oid or "-")]
    assert [f".{oid}" for oid in lines] == [line.split(" = ")[0] for line in whole]


def test_the_text_names_where_several_roots_go_on(broker, sim):
    done = zsnmp(broker.ipc, "walk", sim.peer(1), COLUMNS[0], COLUMNS[1], "--limit", "1")
    assert "it goes on at ." in done.stderr
    words = done.stderr.split("it goes on at ")[1].split()
    assert len(words) == 2 and words[0].startswith(f".{COLUMNS[0]}.")


def test_priority_goes_to_the_broker():
    with FakeBroker(lambda _: {"varbinds": []}) as fake:
        zsnmp(fake.endpoint, "get", "h", "1.3", "--priority", "0")
        zsnmp(fake.endpoint, "get", "h", "1.3")
    assert fake.messages[0]["priority"] == 0 and "priority" not in fake.messages[1]


# --- a broker that goes away -------------------------------------------------------------------


def test_a_broker_that_dies_ends_the_run(dead, directory):
    mine = harness.Broker(directory)
    child = subprocess.Popen([ZSNMP, "get", "-t", "300", f"127.0.0.1:{dead.port}", f"{SYSTEM}.1.0",
                              "-e", mine.tcp], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True, env=environment())
    try:
        dead.wait()
        mine.kill()
        _, err = child.communicate(timeout=harness.PATIENCE)
    finally:
        mine.kill()
        child.kill()
        child.wait()
    assert child.returncode == 3
    assert err == f"zsnmp: the connection to the broker at {mine.tcp} broke\n"


def test_errors_keep_their_words():
    with FakeBroker(lambda _: {"error": failure(5, "genErr", "it failed", 2), "complete": False,
                               "stop": "device_error", "next": [None, "1.4.1"]}) as fake:
        done = zsnmp(fake.endpoint, "walk", "h", "1.3", "1.4", status=1)
    assert done.stderr == ("h: genErr: it failed: .1.4\n"
                           "h: the walk is not complete: device_error; it goes on at - .1.4.1\n")
