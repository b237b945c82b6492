"""The conformance vectors, run with nothing but pyzmq and msgpack; and what they are worth.

A vector that could not fail, a row of docs/PROTOCOL.md without one and a file that make.py would not
make are failures here.
"""
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import msgpack
import pytest
import zmq

import harness

DIRECTORY = harness.TOP / "tests" / "vectors"
sys.path.insert(0, str(DIRECTORY))
import vectors  # noqa: E402
from vectors import Any, Float32, Has, May, Uint  # noqa: E402

CASES = vectors.load()
PAGE = (harness.TOP / "docs" / "PROTOCOL.md").read_text(encoding="utf-8")


# --- running them --------------------------------------------------------------------------------


class Runner:
    """A DEALER that does what a case says."""

    def __init__(self, endpoint, port, **options):
        self.port = port
        self.sock = zmq.Context.instance().socket(zmq.DEALER)
        self.sock.linger = 0
        for name, value in options.items():
            setattr(self.sock, name, value)
        self.sock.connect(endpoint)

    def receive(self):
        """One body: its replies, and its form: array or map, with a delimiter or without."""
        if not self.sock.poll(harness.PATIENCE * 1000):
            raise AssertionError("a reply is missing")
        *front, body = self.sock.recv_multipart()
        assert front in ([], [b""]), front
        body = harness.unpack(body)
        array = isinstance(body, list)
        return body if array else [body], (array, bool(front))

    def send(self, body):
        front = [b""] if body.delimiter else []
        self.sock.send_multipart(front + vectors.with_port([body.data, *body.frames], self.port))

    def run(self, case):
        """What is wrong, a line each."""
        replies, forms = [], []
        for body in [*case.send, None]:
            while len(replies) < (body.after if body else len(case.replies)):
                more, form = self.receive()
                replies += more
                forms.append(form)
            if body:
                self.send(body)
        problems = vectors.judge(case, replies, self.port)
        if case.bodies not in (None, len(forms)):
            problems.append(f"{len(forms)} bodies instead of {case.bodies}")
        if set(forms) != {(isinstance(body.map, list), body.delimiter) for body in case.send}:
            problems.append("arrays and delimiters do not come back as they went")
        return problems + self.rest()

    def rest(self):
        """What has come besides; a ping shows that nothing else is there."""
        self.sock.send(harness.pack({"op": "ping", "id": "the end"}))
        problems = []
        while True:
            replies, _ = self.receive()
            problems += [f"one reply too many: {reply}" for reply in replies
                         if reply.get("id") != "the end"]
            if any(reply.get("id") == "the end" for reply in replies):
                return problems

    def close(self):
        self.sock.close()


@pytest.fixture(scope="module")
def serve():
    with vectors.Serve("--curve") as one:
        yield one


@pytest.fixture
def new_runner(serve):
    made = []

    def make(endpoint=serve.endpoint, **options):
        made.append(Runner(endpoint, serve.port, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_vector(new_runner, case):
    problems = new_runner().run(case)
    assert not problems, "\n".join(problems)


def test_all_of_them_again_in_one_connection(serve, new_runner):
    """Clients run each case several times: none may depend on being the first."""
    runner = new_runner(serve.ipc)
    problems = {case.name: problems for case in CASES if (problems := runner.run(case))}
    assert not problems


# --- serve ---------------------------------------------------------------------------------------


def curve(serve):
    about = serve.curve
    return {"curve_serverkey": about["server_key"].encode(),
            "curve_publickey": about["client_public"].encode(),
            "curve_secretkey": about["client_secret"].encode()}


def test_curve_carries_all_forms(serve, new_runner):
    runner = new_runner(serve.curve["endpoint"], **curve(serve))
    other = new_runner(serve.curve["endpoint"], **curve(serve))
    chosen = [case for case in CASES if case.feature in ("batch", "body", "stream")]
    assert len(chosen) > 40
    for case in chosen:
        assert not runner.run(case) and not other.run(case)


def test_curve_refuses_other_keys(serve, new_runner):
    public, secret = zmq.curve_keypair()
    stranger = new_runner(serve.curve["endpoint"],
                          **{**curve(serve), "curve_publickey": public, "curve_secretkey": secret})
    events = stranger.sock.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_AUTH)
    assert events.poll(harness.PATIENCE * 1000), "the handshake did not fail"
    events.close()
    stranger.sock.disable_monitor()


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(condition):
    end = time.monotonic() + harness.PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def children(pid):
    return [int(child) for task in os.listdir(f"/proc/{pid}/task")
            for child in open(f"/proc/{pid}/task/{task}/children", encoding="ascii").read().split()]


def test_serve_does_as_it_is_told():
    case = next(case for case in CASES if case.name == "get-one")
    with vectors.Serve() as serve:
        assert serve.curve is None
        for end, begin in (("kill", "start"), ("stop", "start"), ("pause", "resume")):
            serve.say(end)
            assert serve.say(begin).isdigit() or begin == "resume"
            runner = Runner(serve.endpoint, serve.port)
            assert not runner.run(case)
            runner.close()
        serve.say("rule 127.30.0.1: dead")
        assert "get=0 " in serve.say("stats 127.30.0.1") + " "
        for line in ("start", "stop now", "dance", "", "rule nonsense"):
            with pytest.raises(AssertionError, match="error: "):
                serve.say(line)
        serve.say("pause")  # what is paused is ended all the same
    assert serve.process.returncode == 0


@pytest.mark.parametrize("options", [(), ("--curve",)], ids=["plain", "curve"])
def test_serve_leaves_nothing_behind(options):
    serve = vectors.Serve(*options)
    pids, directory = children(serve.process.pid), os.path.dirname(serve.ipc.partition("://")[2])
    assert len(pids) == 2 and serve.about["pid"] in pids and os.path.isdir(directory)
    serve.close()
    assert not any(map(alive, pids)) and not os.path.exists(directory)


def test_nothing_outlives_serve_where_that_is_killed():
    serve = vectors.Serve()
    pids = children(serve.process.pid)
    serve.process.send_signal(signal.SIGKILL)
    serve.process.wait(harness.PATIENCE)
    until(lambda: not any(map(alive, pids)))
    with pytest.raises(AssertionError, match="status -9"):
        serve.close()
    shutil.rmtree(os.path.dirname(serve.ipc.partition("://")[2]))  # nobody could have


# --- the files -----------------------------------------------------------------------------------


def test_files_are_what_make_makes():
    done = subprocess.run([DIRECTORY / "make.py", "--check"], capture_output=True, text=True,
                          timeout=harness.PATIENCE, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_make_tells_what_is_stale(tmp_path):
    shutil.copytree(DIRECTORY, tmp_path / "vectors")
    copy = tmp_path / "vectors"
    path = copy / "get.json"
    path.write_text(path.read_text().replace("get-one", "get-two"))
    (copy / "old.json").write_text("{}")

    def make(*options):
        return subprocess.run([copy / "make.py", *options], capture_output=True, text=True,
                              timeout=harness.PATIENCE, check=False)
    done = make("--check")
    assert done.returncode == 1 and "get.json" in done.stderr and "old.json" in done.stderr
    assert make().returncode == 0 and make("--check").returncode == 0
    assert path.read_text() == (DIRECTORY / "get.json").read_text() and not (copy / "old.json").exists()


def test_names_are_unique_and_plain():
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)
    assert all(case.name.startswith(case.feature + "-") for case in CASES)


def test_each_device_belongs_to_one_case():
    devices = [case.device for case in CASES if case.device]
    assert len(devices) == len(set(devices))
    assert all(case.device for case in CASES if case.rules or case.record)


def test_bytes_are_those_of_the_map():
    for case in CASES:
        for body in case.send:
            assert body.map is None or harness.unpack(body.data) == unsized(body.map), case
            assert case.wire or (body.map is not None and not body.delimiter and not body.frames), case
            assert body.after <= len(case.replies), case


def unsized(thing):
    """Python has one size of floats."""
    if isinstance(thing, Float32):
        return thing.value
    if isinstance(thing, list):
        return [unsized(one) for one in thing]
    if isinstance(thing, dict):
        return {key: unsized(one) for key, one in thing.items()}
    return thing


# --- the judge -----------------------------------------------------------------------------------

SAMPLES = {"uint": 5, "str": "text", "bool": True, "map": {}, "array": [], "nil": None, "any": 1.5}
ODD = object()  # equal to nothing


def sample(want):
    """A value that is as expected."""
    if isinstance(want, Any):
        return SAMPLES[want.kind]
    if isinstance(want, Uint):
        return want.most
    if isinstance(want, May):
        return sample(want.value)
    if isinstance(want, (Has, dict)):
        keys = want.keys if isinstance(want, Has) else want
        return {key: sample(value) for key, value in keys.items()}
    if isinstance(want, list):
        return [sample(one) for one in want]
    return want.value if isinstance(want, Float32) else want


def mutants(want, good):
    """Values that differ from a good one in one place, where that may not differ."""
    if isinstance(want, May):
        yield from mutants(want.value, good)
    elif isinstance(want, (Has, dict)):
        keys = want.keys if isinstance(want, Has) else want
        for key, value in keys.items():
            if not isinstance(value, May):
                yield {name: one for name, one in good.items() if name != key}
            yield from ({**good, key: other} for other in mutants(value, good[key]))
        if not isinstance(want, Has):
            yield {**good, "surplus": 1}
    elif isinstance(want, list):
        yield good + [ODD]
        for place, one in enumerate(want):
            yield good[:place] + good[place + 1:]
            yield from (good[:place] + [other] + good[place + 1:] for other in mutants(one, good[place]))
    elif not (isinstance(want, Any) and want.kind == "any"):
        yield ODD


def test_each_case_can_fail():
    for case in CASES:
        expected = vectors.with_port(case.replies, 12345)
        good = [sample(want) for want in expected]
        assert vectors.judge(case, good, 12345) == [], case
        assert vectors.judge(case, good + [{"id": "more"}], 12345), case
        for place, want in enumerate(expected):
            before, behind = good[:place], good[place + 1:]
            assert vectors.judge(case, before + behind, 12345), case
            for mutant in itertools.islice(mutants(want, good[place]), 50):
                if "id" in mutant:
                    assert vectors.judge(case, before + [mutant] + behind, 12345), (case, mutant)


EXT = msgpack.ExtType(1, b"\x81")


@pytest.mark.parametrize("want, good, wrong", [
    (5, [5], [6, 5.0, "5", None, True]),
    (1, [1], [True, 1.0]), (True, [True], [1, False]), (None, [None], [0, False, "", {}, []]),
    ("5", ["5"], [5, b"5", "6"]), (b"5", [b"5"], ["5", b"6"]),
    (1.5, [1.5], [1.25, "1.5"]), (2.0, [2.0], [2]), (Float32(0.15625), [0.15625], [0.1563, 0]),
    (2**64 - 1, [2**64 - 1], [2**64 - 2, float(2**64)]),
    (EXT, [EXT], [b"\x81", None, msgpack.ExtType(1, b"\x80"), msgpack.ExtType(2, b"\x81")]),
    ([1, "a"], [[1, "a"]], [[1], ["a", 1], [1, "a", None], {"1": "a"}, "ab"]),
    ({"a": 1}, [{"a": 1}], [{}, {"a": 2}, {"a": 1, "b": 2}, [["a", 1]], None]),
    (Any("uint"), [0, 2**64 - 1], [-1, True, 1.0, "1", None]), (Any("str"), ["", "x"], [b"x", 1, None]),
    (Any("bool"), [True, False], [0, None]), (Any("map"), [{}, {"a": 1}], [[], None]),
    (Any("array"), [[], [1]], [{}, None, "x"]), (Any("nil"), [None], [False, 0]),
    (Any("any"), [None, 1, "x", {}], []),
    (Uint(1, 3), [1, 2, 3], [0, 4, True, 2.0, None]),
    (Has({"a": 1}), [{"a": 1}, {"a": 1, "b": 2}], [{}, {"a": 2}, {"b": 2}, [], None]),
    ({"a": May(1)}, [{"a": 1}, {}], [{"a": 2}, {"b": 1}]),
    ({"a": {"b": [Any("uint")]}}, [{"a": {"b": [7]}}], [{"a": {"b": [-7]}}, {"a": {"b": []}}]),
], ids=repr)
def test_differences(want, good, wrong):
    for value in good:
        assert vectors.differences(want, value) == []
    for value in wrong:
        assert vectors.differences(want, value), value


def reply_case(*replies):
    return vectors.Case("x", {"name": "x-y", "about": "", "send": [], "replies": list(replies)})


def test_order_counts_within_an_id_alone():
    case = reply_case({"id": 1, "n": 1}, {"id": 1, "n": 2}, {"id": 2, "n": 3})
    assert vectors.judge(case, [{"id": 2, "n": 3}, {"id": 1, "n": 1}, {"id": 1, "n": 2}], 1) == []
    assert vectors.judge(case, [{"id": 1, "n": 2}, {"id": 1, "n": 1}, {"id": 2, "n": 3}], 1)


def test_ids_are_told_apart_by_type():
    assert vectors.judge(reply_case({"id": 1}), [{"id": True}], 1)
    assert vectors.judge(reply_case({"id": "1"}), [{"id": b"1"}], 1)
    for odd in ({}, {"id": [1]}, [], None):
        assert len(vectors.judge(reply_case({"id": None}), [odd], 1)) == 2


def test_a_kind_that_there_is_not_is_an_error():
    with pytest.raises(ValueError):
        Any("number")
    with pytest.raises(KeyError):
        vectors.from_json({"$some": 1})


# --- what they cover -----------------------------------------------------------------------------

NOT_COVERED = {  # by what is looked for: name and why there is no vector of it
    "errors": {"unavailable_context": "the simulator's contexts are there always",
               "bad_key": "takes a pass phrase that the library makes no key of; there is none",
               "rate_limited": "reserved", "forbidden": "reserved", "unknown_profile": "reserved",
               "shutting_down": "the service would be gone for the next case",
               "internal": "takes a lack of memory"},
    "quirks": {"stray": "shown by devices only, which depends on all that was asked before"},
    "types": {69: "the simulator has no NsapAddress", 71: "the simulator has no UInteger32"},
}


def section(title, level=2):
    return PAGE.split(f"\n{'#' * level} {title}\n")[1].split(f"\n{'#' * 2} ")[0]


def first_cells(text):
    """What stands in backquotes in the first column of the tables of a text."""
    return {name for cell in re.findall(r"^\| (`[^|]*) \|", text, re.M)
            for name in re.findall(r"`([^`]+)`", cell)}


def requests():
    """All messages that are sent as maps."""
    for case in CASES:
        for body in case.send:
            if body.map is not None:
                yield from body.map if isinstance(body.map, list) else [body.map]


def replies():
    for case in CASES:
        for reply in case.replies:
            yield reply.keys if isinstance(reply, Has) else reply


def values(key):
    """What is asked with a key, where it is text."""
    return {value for message in requests() if isinstance(value := message.get(key), str)}


def covers(what, wanted, found):
    excused = NOT_COVERED.get(what, {})
    assert wanted, what
    assert excused.keys() <= wanted, f"no such {what} to be excused"
    assert not excused.keys() & found, f"there are vectors of {excused.keys() & found}"
    assert not wanted - found - excused.keys(), f"no vector of {wanted - found - excused.keys()}"


def test_every_error_has_a_vector():
    errors = [reply["error"] for reply in replies() if isinstance(reply.get("error"), dict)]
    page = {name: (int(code), word == "yes") for code, name, word in
            re.findall(r"^\| (\d+) \| `(\w+)` \| (yes|no) \|", PAGE, re.M)}
    covers("errors", set(page), {error["name"] for error in errors})
    assert all(error["code"] == page[error["name"]][0] for error in errors)
    assert {error["sent"] for error in errors if isinstance(error["sent"], str)} == {"no", "maybe", "yes"}


def test_every_operation_has_a_vector():
    row = next(line for line in PAGE.splitlines() if line.startswith("| `op` |"))
    named = set(re.findall(r"`(\w+)`", row.split(" | ")[2])) - {"unsupported", "bad_request"}
    assert len(named) == 9
    covers("operations", named, values("op"))


def test_every_key_of_a_request_has_a_vector():
    keys = {key for message in requests() for key in message}
    covers("keys", first_cells(section("Requests")) | {"profile"}, keys)
    covers("keys of calls", {"limit", "sort", "target"}, keys)


def test_every_key_is_given_where_it_is_right_and_where_it_is_wrong():
    right, wrong = set(), set()
    for case in CASES:
        refused = any(isinstance(reply, dict) and isinstance(reply.get("error"), dict)
                      and reply["error"]["name"] in ("bad_request", "unsupported", "too_large")
                      for reply in case.replies)
        for body in case.send:
            if isinstance(body.map, dict):
                (wrong if refused else right).update(body.map)
    wanted = first_cells(section("Requests"))
    covers("keys that are right", wanted, right)
    covers("keys that are wrong", wanted, wrong)


def test_every_choice_has_a_vector():
    for key in ("version", "auth_proto", "priv_proto", "level", "form"):
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{key}` |"))
        _, _, kind, _, meaning, _ = row.split("|")
        named = set(re.findall(r'`"?([\w-]+)"?`', kind)) or set(
            re.findall(r"`([A-Z][\w-]+)`", meaning.split("; case and")[0]))
        covers(key, named, values(key))
    row = next(line for line in PAGE.splitlines() if line.startswith("| `devices` |"))
    covers("sort", set(re.findall(r"`(\w+)`", row.split("`sort`: ")[1].split(" | ")[0])), values("sort"))


def test_every_letter_of_a_set_has_a_vector():
    named = {name for name in first_cells(section("Values to set"))}
    kinds = {}
    for case in CASES:
        if case.feature == "set":
            for body in case.send:
                for _, letter, value in body.map.get("set", []) if isinstance(body.map, dict) else []:
                    kinds.setdefault(letter, set()).add(isinstance(value, str))
    covers("letters", named, set(kinds))
    # s takes text and bytes alike, so all have both.
    assert all(both == {True, False} for both in kinds.values()), kinds


def test_every_type_has_a_vector_in_both_forms():
    named = {int(tag) for tag in re.findall(r"^\| (\d+) \|", section("Values in replies"), re.M)}
    rows = [row for reply in replies() if isinstance(reply.get("varbinds"), list)
            for row in reply["varbinds"]]
    covers("types", named, {row[1] for row in rows})
    maps = [value for reply in replies() if isinstance(reply.get("varbinds"), dict)
            for value in reply["varbinds"].values()]
    for row in rows:
        if not isinstance(row[2], Any):
            assert any(type(value) is type(row[2]) for value in maps), row
    assert {value.data[0] for value in maps if isinstance(value, msgpack.ExtType)} == {128, 129, 130}


def test_every_key_of_a_reply_has_a_vector():
    covers("reply keys", first_cells(section("Replies")), {key for reply in replies() for key in reply})


def test_every_stop_has_a_vector():
    covers("stops", first_cells(section("Walks")) - {"stop"},
           {reply["stop"] for reply in replies() if "stop" in reply})


def test_every_quirk_has_a_vector():
    found = set()
    for reply in replies():
        quirks = reply.get("quirks", [])
        quirks = quirks.value if isinstance(quirks, May) else quirks
        found.update(quirks if isinstance(quirks, list) else [])
    covers("quirks", first_cells(section("Quirks")), found)


def test_every_counter_is_in_a_vector():
    text = section("Calls to the service itself")
    table = first_cells(text[text.index("| key | counts |"):])
    named = set(re.findall(r"`(\w+)`", text.split("`info` holds")[1].split("those of the pool")[0]))
    found = next(reply["info"].keys for reply in replies() if "info" in reply)
    covers("counters", table | named, set(found))
    row = set(re.findall(r"`(\w+)`", text.split("Each map of `devices` has")[1].split("`peer` sorts")[0]))
    shown = next(reply["devices"][0].keys for reply in replies()
                 if isinstance(reply.get("devices"), list) and reply["devices"])
    covers("columns of devices", row - {"up", "down"}, set(shown))


def test_every_case_names_a_heading_of_the_page():
    headings = {title.lower() for title in re.findall(r"^#{2,3} (.*)$", PAGE, re.M)}
    headings |= {title.partition(": ")[2] for title in headings} - {""}
    stray = {case.name: case.about for case in CASES
             if not any(case.about.lower().endswith(title) for title in headings)}
    assert not stray
