"""Every scenario of zsnmp-sim against a broker that nobody has set up for it.

All devices are asked at once: a GET of 32 names and a walk of ifTable, by each version, and both
again when they are answered. What must come of it is in SCENARIOS. Meanwhile a healthy device is
polled without a pause. True is what a simulator without faults says of the same address.
"""
import dataclasses
import socket
import subprocess
import tempfile
import time

import pytest
import zmq

import ber
import harness
from test_v3 import sim_user

SEED = "7"
IF_TABLE, IF_DESCR = "1.3.6.1.2.1.2.2", "1.3.6.1.2.1.2.2.1.2"
LOCATION = "1.3.6.1.2.1.1.6.0"
NAMES = [f"{IF_TABLE}.1.{column}.{row}" for column in (1, 2, 3, 5) for row in range(1, 9)]
STATIC = {str(column) for column in range(1, 9)}  # columns of ifTable that stand still
WHO = {"v2c": {}, "v1": {"version": "1"}, "v3": sim_user("SHA", "AES"),
       "v3 too": sim_user("SHA", "AES")}


# --- what must come of it ------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Want:
    """The end of an operation: error and how it stopped, and what came before that."""

    rows: object = None  # so many true rows; None: all; or what judges them
    stop: str = "out_of_tree"  # of a walk
    error: str = None
    index: int = 0
    quirks: frozenset = frozenset()

    @property
    def complete(self):
        return self.error is None and self.stop in ("out_of_tree", "end_of_view")


def words(text):
    return frozenset(text.split())


def got(rows=None, quirks="", **keys):
    return Want(rows, quirks=words(quirks), **keys)


def refused(error, index=0, quirks="", rows=0):
    return Want(rows, error=error, index=index, stop="device_error", quirks=words(quirks))


def silent(rows=0, quirks=""):
    return Want(rows, error="timeout", stop="timeout", quirks=words(quirks))


@dataclasses.dataclass(frozen=True)
class Case:
    """What a device makes of it, and by which quirks it is known then, besides those of replies."""

    get: Want = Want()
    walk: Want = Want()
    device: str = ""
    may: str = ""  # quirks that depend on how things fall out
    root: str = IF_TABLE
    again: dict = None  # the second time otherwise: by 'get' and 'walk'
    down: bool = False  # held to be down in the end
    later: bool = False  # given when the device is known already
    keys: dict = dataclasses.field(default_factory=dict)  # of the requests
    walk_keys: dict = dataclasses.field(default_factory=dict)
    v1: dict = dataclasses.field(default_factory=dict)  # in version 1 otherwise
    v3: dict = dataclasses.field(default_factory=dict)

    def of(self, version):
        changes = {"v1": self.v1, "v2c": {}}.get(version, self.v3)
        return dataclasses.replace(self, **changes)


def swapped(rows, truth):
    same(rows, [truth[0], truth[2]])


def growing(rows, _truth):
    """Two rows that are true, and then such as are made up, none left out."""
    column = f"{IF_TABLE}.1.1"
    assert len(rows) > 2
    assert [row[0] for row in rows[:2]] == [f"{column}.1", f"{column}.2"]
    assert all(row[0] == f"{column}.2.{number}" for number, row in enumerate(rows[2:], 1))


def without_instances(rows, truth):
    for row, true in zip(rows, truth):
        missing = ber.subids(row[0])[-1] > 2
        assert row == [true[0], ber.NO_SUCH_INSTANCE, None] if missing else row[:2] == true[:2]
    assert len(rows) == len(truth)


def long_values(rows, truth):
    assert [row[0] for row in rows] == [true[0] for true in truth]
    long = [row for row in rows if row[1] == ber.OCTETS and len(row[2]) == 60000]
    assert long and rows[0] == long[0]
    same([row for row in rows if row not in long],
         [true for row, true in zip(rows, truth) if row not in long])


def other_types(rows, truth):
    assert [row[0] for row in rows] == [true[0] for true in truth]
    assert all(row[1] != true[1] for row, true in zip(rows, truth))


def other_names(rows, truth):
    assert len(rows) == len(truth) and not {row[0] for row in rows[:8]} & {t[0] for t in truth[:1]}
    assert all(row[0] != true[0] for row, true in zip(rows, truth))


def nulls(rows, truth):
    assert rows == [[true[0], ber.NULL, None] for true in truth]


DEAD = {"get": silent(), "walk": silent(), "down": True}
LOST = {**DEAD, "down": False, "again": {"get": got(), "walk": got()}}  # the first request only
# Where version 3 says "down": False, each try is followed by a report about the clock, an answer.
FORGED = Case(v3={"may": "stray"})
PATIENT = {"retries": 5}  # three tries lose one packet in a thousand
COLUMN = {"root": IF_DESCR}  # where a GETNEXT for each row would take too long

SCENARIOS = {
    "walk-same": Case(walk=got(2, "loop", stop="loop")),
    "walk-loop": Case(walk=got(2, "non_increasing", stop="non_increasing")),
    "walk-decrease": Case(walk=got(2, "non_increasing", stop="non_increasing")),
    "walk-swap": Case(walk=got(swapped, "non_increasing", stop="non_increasing")),
    "walk-endless": Case(may="stray", walk=Want(growing, "deadline", "deadline"),
                         walk_keys={"deadline_ms": 1000}),
    "walk-out-of-tree": Case(walk=got(2)),
    "walk-stop": Case(walk=refused("genErr", rows=2), v1={"walk": got(2, stop="end_of_view")}),
    "walk-silent": Case(walk=silent(2, "silent_bulk"), v1={"walk": silent(2)}),
    "walk-early-end": Case(walk=got(2, stop="end_of_view")),
    "walk-no-end": Case(walk=got(None, "no_such_name", stop="end_of_view"), root="1.3.6.1.6.3",
                        v1={"walk": got(stop="end_of_view")}),
    "walk-exceptions": Case(walk=got(without_instances, "exception"),
                            v1={"walk": got(2, stop="end_of_view")}),
    "small-messages": Case(get=got(None, "too_big")),
    "bulk-toobig": Case(walk=got(None, "too_big"), v1={"walk": got()}),
    "bulk-silent": Case(walk=got(None, "silent_bulk"), v1={"walk": got()}),
    "bulk-silent-above": Case(walk=got(None, "silent_bulk"), v1={"walk": got()}),
    "varbinds-toobig": Case(get=got(None, "too_big")),
    "varbinds-generr": Case(),
    "varbinds-silent": Case(get=got(None, "silent_get")),
    "varbinds-cut": Case(get=got(None, "wrong_count")),
    "long-value": Case(get=got(long_values), walk=got(long_values)),
    "dead": Case(**DEAD),
    "get-silent": Case(get=silent()),
    "set-silent": Case(),
    "first-request-lost": Case(),
    "first-reply-lost": Case(),
    "lossy": Case(may="stray", keys=PATIENT, v1=COLUMN),
    "slow": Case(may="stray", v1=COLUMN),
    "jitter": Case(may="stray", v1=COLUMN),
    "late": Case(may="stray", again={}, v1={"walk": None}),
    "duplicates": Case(device="stray"),
    "storm": Case(device="stray"),
    "reorder": Case(may="stray"),
    "bad-line": Case(device="stray", keys=PATIENT, v1=COLUMN),
    "other-port": Case(get=silent(0, "other_source"), walk=silent(0, "other_source"), down=True,
                       v3={**DEAD, "device": "other_source"}),
    "other-address": Case(get=silent(0, "other_source"), walk=silent(0, "other_source"), down=True,
                          v3={**DEAD, "device": "other_source"}),
    "wrong-id": Case(**DEAD, device="stray"),
    "wrong-id-first": Case(device="stray", v3=LOST),
    "wrong-request-id": Case(**DEAD, device="stray",
                             v3={"device": "", "down": False}),
    "wrong-version": Case(**DEAD, v3={"device": "malformed"}),
    "wrong-community": Case(**DEAD, v3={"get": got(), "walk": got(), "down": False}),
    "stranger-report": Case(),
    "garbage": Case(**DEAD, device="malformed"),
    "garbage-before": Case(device="malformed"),
    "garbage-first": Case(device="malformed", v3=LOST),
    "truncated": Case(**DEAD, device="malformed"),
    "empty-datagram": Case(**DEAD, device="malformed"),
    "overlong-value": Case(get=silent(0, "malformed"), walk=silent(0, "malformed"), down=True,
                           v3={"down": False}),
    "empty": Case(get=refused("genErr", 1, "empty"), walk=refused("genErr", quirks="empty")),
    "missing-varbind": Case(get=refused("genErr", 32, "empty wrong_count", rows=31),
                            v1={"walk": refused("genErr", quirks="empty")}),
    "extra-varbind": Case(get=got(None, "wrong_count"), walk=got(None, "wrong_count")),
    "wrong-name": Case(get=refused("genErr", 1, "wrong_name", rows=other_names)),
    "wrong-type": Case(get=got(other_types), walk=got(other_types)),
    "empty-value": Case(get=silent(0, "malformed"), walk=silent(0, "malformed"), down=True,
                        v3={"down": False}),
    "error-generr": Case(get=refused("genErr", 1), walk=refused("genErr")),
    "error-toobig": Case(get=refused("tooBig", 1, "too_big"),
                         walk=Want(0, "too_big", "tooBig", quirks=words("too_big")),
                         v1={"walk": Want(0, "too_big", "tooBig")}),
    "error-index": Case(get=refused("genErr", 1, "bad_index"),
                        walk=refused("genErr", quirks="bad_index")),
    "error-unknown": Case(get=refused("genErr", 1, "unknown_status"),
                          walk=refused("genErr", quirks="unknown_status")),
    "error-none": Case(get=got(nulls), walk=got(0, "loop", stop="loop")),
    "error-resource": Case(get=refused("resourceUnavailable"),
                           walk=refused("resourceUnavailable")),
    "set-fails": Case(),
    "reboot-in-walk": Case(),
    "clock-frozen": Case(),
    "clock-slow": Case(),
    "clock-fast": Case(),
    "boots-back": Case(later=True),
    "boots-latched": Case(v3={"get": refused("not_in_time_window"),
                              "walk": refused("not_in_time_window")}),
    "engine-change": Case(later=True),
    "clones": Case(later=True),
    "forged-engine": FORGED,
    "forged-time": FORGED,
    "forged-user": FORGED,
    "forged-digest": FORGED,
    "forged-level": FORGED,
    "forged-decryption": FORGED,
    "forged-and-lost": FORGED,
    "user-gone": Case(later=True, v3={"get": refused("unknown_user"),
                                      "walk": refused("unknown_user")}),
    "password-changed": Case(later=True, v3={"get": refused("wrong_digest"),
                                             "walk": refused("wrong_digest")}),
    "silent-decrypt": Case(later=True, v3=DEAD),
}

# What comes of a SET: the error, what it says of having been sent, whether it was carried out.
SETS = {
    "set-silent": ("timeout", "maybe", False),
    "set-fails": ("commitFailed", "yes", False),
    "first-request-lost": (None, None, True),
    "first-reply-lost": (None, None, True),
    "late": (None, None, True),
    "duplicates": (None, None, True),
    "wrong-id-first": ("timeout", "maybe", True),
    "error-generr": ("genErr", "yes", None),
}


# --- the truth -----------------------------------------------------------------------------------

UNSIGNED = (ber.COUNTER32, ber.GAUGE32, ber.TIMETICKS, ber.COUNTER64)


def value_of(tag, content):
    if tag in UNSIGNED:
        return int.from_bytes(content, "big")
    if tag == ber.INTEGER:
        return ber.to_int(content)
    return ber.text(ber.to_oid(content)) if tag == ber.OBJECT_ID else content


class Truth:
    """What a simulator without faults says, asked without a broker: rows as in a reply's list."""

    def __init__(self, sim):
        self.port, self.number = sim.port, 0
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.settimeout(harness.PATIENCE)

    def ask(self, address, pdu, oids, index=0):
        self.number += 1
        self.sock.sendto(ber.message(ber.V2C, "public", pdu, self.number,
                                     [ber.varbind(oid, ber.null()) for oid in oids], index=index),
                         (address, self.port))
        answer = ber.Message(self.sock.recv(65536))
        assert answer.request_id == self.number and answer.status == 0
        return [[ber.text(oid), tag, value_of(tag, content)]
                for oid, tag, content in answer.varbinds]

    def get(self, address):
        return self.ask(address, ber.GET, NAMES)

    def walk(self, address, root):
        rows = self.ask(address, ber.GET_BULK, [root], index=250)
        inside = [row for row in rows if row[0].startswith(root + ".") and row[1] < 128]
        assert 1 <= len(inside) < 250
        return inside

    def close(self):
        self.sock.close()


def same(rows, truth):
    """Names and types in their order, and the values of what stands still."""
    assert [row[:2] for row in rows] == [row[:2] for row in truth]
    for row, true in zip(rows, truth):
        if row[0].startswith(IF_TABLE) and row[0].split(".")[9] in STATIC:
            assert row == true


def check(reply, want, truth, quirks=None):
    """quirks: those that may be there; None: exactly those of want."""
    error = harness.error_of(reply)[0] if "error" in reply else None
    assert error == want.error, reply.get("error")
    if error is not None and want.rows != growing:
        assert reply["error"]["index"] == want.index
    if "stop" in reply:
        assert (reply["stop"], reply["complete"]) == (want.stop, want.complete)
    rows = reply.get("varbinds", [])
    if callable(want.rows):
        want.rows(rows, truth)
    else:
        same(rows, truth if want.rows is None else truth[:want.rows])
    named = set(reply.get("quirks", []))
    assert named == want.quirks if quirks is None else named <= quirks


# --- asking them all -----------------------------------------------------------------------------


class Course:
    """One device asked by one version: both operations, both again, and where it is dead twice more."""

    def __init__(self, name, version, address):
        self.name, self.version, self.address = name, version, address
        self.case = SCENARIOS[name].of(version)
        self.replies = []  # of each turn, by operation
        self.open = {}

    def turns(self):
        yield {"get"} if self.case.later else set()
        yield {"get", "walk"} if self.case.walk else {"get"}
        yield {"get", "walk"} if self.case.again != {} else set()
        yield {"get"} if self.case.down else set()
        yield {"get"} if self.case.down else set()

    def message(self, op, port):
        keys = {"oids": NAMES} if op == "get" else {"oids": [self.case.root], **self.case.walk_keys}
        return {"op": op, "peer": f"{self.address}:{port}", "form": "list", **keys,
                **self.case.keys, **WHO[self.version]}


class World:
    """The devices, the broker, and what came of it."""

    def __init__(self, sim, clean, broker):
        self.sim, self.client, self.truth = sim, harness.Dealer(broker.ipc), Truth(clean)
        self.poller = harness.Dealer(broker.ipc)
        self.courses, self.sets = {}, {}
        for name, case in SCENARIOS.items():
            for version in WHO:
                if version != "v3 too" or name == "clones":
                    self.add(name, version, case.later)
        for name in SETS:
            address = f"127.21.0.{len(self.sets) + 1}"
            self.say(f"scenario {name}={address}")
            self.sets[name] = (address, [])

    def add(self, name, version, later):
        number = len(self.courses) + 1
        course = Course(name, version, f"127.20.{number >> 8}.{number & 255}")
        self.courses[name, version] = course
        if later:
            self.sim.rule(f"{course.address}: count boots=5 time=1000{number}")
        else:
            self.say(f"scenario {name}={course.address}")

    def say(self, line):
        assert self.sim.say(line) == "ok", line

    def steps(self, course):
        """Sends one turn after the other; each yield waits for the replies."""
        for number, ops in enumerate(course.turns()):
            ids = {op: self.client.send(course.message(op, self.sim.port))[0] for op in sorted(ops)}
            yield set(ids.values())
            course.replies.append({op: self.client.replies.pop(key) for op, key in ids.items()})
            if number == 0 and course.case.later:
                harness.varbinds(course.replies[0]["get"])
                self.say(f"scenario {course.name}={course.address}")

    def set_steps(self, address, replies):
        peer = f"{address}:{self.sim.port}"
        for keys in ({"op": "set", "set": [[LOCATION, "s", "row 4"]], "community": "private"},
                     {"op": "get", "oids": [LOCATION]}):
            key = self.client.send({"peer": peer, **keys})[0]
            yield {key}
            replies.append(self.client.replies.pop(key))

    def run(self):
        """All courses side by side, and the healthy device asked whenever it has answered."""
        waiting = [(steps, set()) for steps in
                   [self.steps(course) for course in self.courses.values()]
                   + [self.set_steps(*one) for one in self.sets.values()]]
        poll, self.polled = zmq.Poller(), []
        for dealer in (self.client, self.poller):
            poll.register(dealer.sock, zmq.POLLIN)
        healthy = self.healthy_messages()
        self.poller.send(next(healthy))
        end = time.monotonic() + 3 * harness.PATIENCE
        while waiting:
            still = []
            for steps, ids in waiting:
                while ids is not None and ids <= self.client.replies.keys():
                    ids = next(steps, None)
                if ids is not None:
                    still.append((steps, ids))
            waiting = still
            ready = dict(poll.poll(max(0, end - time.monotonic()) * 1000))
            assert ready, f"{len(waiting)} of them wait for ever"
            if self.client.sock in ready:
                self.client.take(self.client.receive())
            if self.poller.sock in ready:
                self.polled.append(self.poller.receive())
                self.poller.send(next(healthy))
        self.polled.append(self.poller.receive())
        rows = self.client.ask(op="devices", limit=10000)["devices"]
        self.rows = {row["peer"].split(":")[1]: row for row in rows}
        self.info = self.client.info()

    HEALTHY = "127.22.0.1"

    def healthy_messages(self):
        self.sim.rule(f"{self.HEALTHY}: delay=10")
        while True:
            for who in WHO.values():
                for keys in ({"op": "get", "oids": NAMES}, {"op": "walk", "oids": [IF_DESCR]}):
                    yield {"peer": f"{self.HEALTHY}:{self.sim.port}", "form": "list", **keys, **who}

    def close(self):
        for one in (self.client, self.poller, self.truth):
            one.close()


@pytest.fixture(scope="module")
def world():
    with tempfile.TemporaryDirectory(prefix="zsnmp-") as directory:
        sims = [harness.Simulator("--seed", SEED, control=directory),
                harness.Simulator("--seed", SEED, "--max-size", "65507")]
        broker = harness.Broker(directory)
        one = World(*sims, broker)
        try:
            one.run()
            yield one
        finally:
            one.close()
            broker.end()
            assert [sim.stop() for sim in sims] == [0, 0]


def test_the_table_has_all_scenarios():
    listed = subprocess.run([harness.binary("zsnmp-sim"), "--scenario", "list"],
                            capture_output=True, text=True, timeout=harness.PATIENCE, check=True)
    assert [line.split()[0] for line in listed.stdout.splitlines()] == list(SCENARIOS)


@pytest.mark.parametrize("version", ["v2c", "v1", "v3"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(world, name, version):
    for course in world.courses.values():
        if course.name == name and course.version.startswith(version):
            check_course(world, course)


def check_course(world, course):
    case, truth = course.case, {"get": world.truth.get(course.address),
                                "walk": world.truth.walk(course.address, course.case.root)}
    first, second, third, last = course.replies[1:]
    may = words(case.may)
    known = words(case.device) | may
    for op, reply in first.items():
        want = getattr(case, op)
        check(reply, want, truth[op], want.quirks | may if may else None)
        known |= want.quirks
    for op, reply in second.items():
        want = (case.again or {}).get(op, getattr(case, op))
        check(reply, want, truth[op], known)
    row = world.rows[course.address]
    assert known - may <= set(row["quirks"]) <= known
    for reply in third.values():
        check(reply, (case.again or {}).get("get", case.get), truth["get"], known)
    for reply in last.values():  # three times in a row nothing was answered
        assert harness.error_of(reply) == ("device_down", 101)
    assert row["state"] == ("down" if last else "up")


@pytest.mark.parametrize("name", SETS)
def test_set(world, name):
    error, sent, done = SETS[name]
    address, (reply, after) = world.sets[name]
    if error is None:
        assert harness.varbinds(reply) == {LOCATION: b"row 4"}
    else:
        assert harness.error_of(reply)[0] == error and reply["error"]["sent"] == sent
        assert reply["error"]["retryable"] is False
    if done is not None:
        value = harness.varbinds(after)[LOCATION]
        assert (value == b"row 4") == done
        if not done:
            assert [LOCATION, ber.OCTETS, value] == world.truth.ask(address, ber.GET, [LOCATION])[0]


def test_a_healthy_device_never_fails_meanwhile(world):
    assert len(world.polled) >= 100
    get = world.truth.get(world.HEALTHY)
    walk = world.truth.walk(world.HEALTHY, IF_DESCR)
    for reply in world.polled:
        check(reply, Want(), walk if "stop" in reply else get)
    row = world.rows[world.HEALTHY]
    assert row["state"] == "up" and row["changes"] == 0 and row["quirks"] == []


def test_what_is_dropped_is_counted(world):
    for name in ("malformed", "unknown_id", "wrong_source", "wrong_version", "rejected"):
        assert world.info["drop_" + name] > 0, name
    assert world.info["requests_in_flight"] == world.info["requests_queued"] == 0
    assert world.info["hook_trips"] == 0


def test_a_refusal_is_told_before_a_time_out(client, new_sim, directory):
    """Tries that are refused do not wait: whoever asks in vain of a silent device waits longer."""
    names = ["silent-decrypt", "user-gone", "password-changed", "boots-latched"]
    sim = new_sim(control=directory)
    messages = [{"op": "get", "peer": f"{sim.address(i)}:{sim.port}", "oids": [LOCATION],
                 **WHO["v3"]} for i in range(len(names))]
    for reply in client.ask_all(*(dict(message) for message in messages)):
        harness.varbinds(reply)
    for i, name in enumerate(names):
        assert sim.say(f"scenario {name}={sim.address(i)}") == "ok"
    ids = client.send(*messages)
    replies = client.collect(ids)
    for name, key in zip(names, ids):
        assert harness.error_of(replies[key])[0] == SCENARIOS[name].of("v3").get.error
    assert client.order[-1] == ids[0]


def test_a_walk_without_end_or_deadline(new_broker, new_dealer, new_sim):
    """It ends when the reply is as large as it may be, and says where to go on."""
    sim = new_sim("--scenario", "walk-endless")
    client = new_dealer(new_broker(config=harness.config(reply_max="1M")).ipc)
    replies = client.ask_all(*({"op": "walk", "peer": f"127.0.0.{i}:{sim.port}", "form": "list",
                                "oids": [IF_TABLE], **who} for i, who in enumerate(WHO.values(), 1)))
    for reply in replies:
        assert harness.error_of(reply) == ("too_large", 402)
        assert reply["stop"] == "limit" and reply["complete"] is False
        growing(reply["varbinds"], None)
        assert reply["next"] == reply["varbinds"][-1][0]
