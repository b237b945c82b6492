"""All conformance vectors at their three levels, in each style."""

import concurrent.futures
import copy
import json
import os
import threading
from pathlib import Path

import msgpack
import pytest
import styles
import vectors

import zsnmp
from zsnmp._core import Core
from zsnmp._link import Link

CASES = vectors.load()
TYPED = ("get", "get_next", "get_bulk", "walk", "set")
#: A device is left alone for so long after a case that keeps packets this far apart; longer than that
#: nobody wants to wait.
LONG_INTERVAL_MS = 1000


class Run(threading.Thread):
    """All cases in one style, with a service of its own; most of the time is spent waiting for it."""

    def __init__(self, kind, cases):
        super().__init__()
        self.kind = kind
        self.outcomes = {case: concurrent.futures.Future() for case in cases}

    def run(self):
        try:
            with vectors.Serve() as serve:
                style = self.kind(serve.endpoint)
                try:
                    for case, outcome in self.outcomes.items():
                        outcome.set_result(problems_of(case, style, serve))
                finally:
                    style.close()
        except BaseException as error:
            for outcome in self.outcomes.values():
                outcome.done() or outcome.set_exception(error)
            raise

    def write(self, where):
        """The file of a style, for scripts/clients-table."""
        cases = {case.name: outcome.result() or "ok" for case, outcome in self.outcomes.items()}
        name = self.kind.name
        path = Path(where) / f"python-{name}.json" if Path(where).is_dir() else Path(where)
        about = {"client": "Python", "style": name, "version": zsnmp.__version__, "cases": cases}
        path.write_text(json.dumps(about, indent=1) + "\n", "utf-8")


@pytest.fixture(scope="module")
def runs(request):
    """The styles side by side, with the cases that were selected."""
    wanted = {}
    for item in request.session.items:
        if item.originalname == test_vector.__name__:
            wanted.setdefault(item.callspec.params["kind"], []).append(item.callspec.params["case"])
    threads = {kind: Run(kind, cases) for kind, cases in wanted.items()}
    for thread in threads.values():
        thread.start()
    yield threads
    for thread in threads.values():
        thread.join()
        if "ZSNMP_VECTORS_RESULTS" in os.environ:
            thread.write(os.environ["ZSNMP_VECTORS_RESULTS"])


@pytest.mark.parametrize("case", CASES, ids=repr)
@pytest.mark.parametrize("kind", styles.STYLES, ids=lambda kind: kind.name)
def test_vector(kind, case, runs):
    problems = runs[kind].outcomes[case].result(styles.PATIENCE)
    assert not problems, problems


def problems_of(case, style, serve):
    """What is wrong with a case, as text."""
    levels = [("wire", lambda: (case, on_the_wire(case, serve)))]
    if not case.wire:
        levels.append(("request", lambda: (case, by_calls(case, style, serve, ask_raw))))
        if not case.untyped:
            levels.append(("interface", lambda: (folded(case), by_calls(case, style, serve, ask_typed))))
    lines = []
    for level, replies_of in levels:
        try:
            expected, replies = replies_of()
            lines += [f"{level}: {line}" for line in vectors.judge(expected, replies, serve.port)]
        except Exception as error:
            lines.append(f"{level}: {type(error).__name__}: {error}")
        if any(longest_interval(message) > LONG_INTERVAL_MS for message in maps_of(case)):
            serve.say("kill")
            serve.say("start")
    return "\n".join(lines)


def longest_interval(message):
    interval = message.get("device_interval_ms")
    return interval if isinstance(interval, int) else 0


def maps_of(case):
    for body in case.send:
        yield from body.map if isinstance(body.map, list) else [body.map] if body.map else []


def on_the_wire(case, serve):
    """Level 1: the bytes, over the client's link, and the replies by its decoder."""
    replies = []
    core = Core(5, 15)
    core._give = replies.append
    link = Link(serve.endpoint, None, None, None)
    bodies, fronts = 0, set()

    def read_until(count):
        nonlocal bodies
        while len(replies) < count:
            assert link._socket.poll(styles.PATIENCE * 1000), "a reply is missing"
            *front, body = link._socket.recv_multipart()
            fronts.add(front == [b""])
            core.receive(body, 0.0)
            bodies += 1

    try:
        for body in case.send:
            read_until(body.after)
            frames = [b""] * body.delimiter + [body.data, *body.frames]
            link._socket.send_multipart(vectors.with_port(frames, serve.port))
        read_until(len(case.replies))
    finally:
        link.close()
    assert case.bodies in (None, bodies), f"{bodies} bodies instead of {case.bodies}"
    assert fronts == {body.delimiter for body in case.send}, "delimiters do not come back as they went"
    return [wired(reply) for reply in replies]


def wired(thing):
    """A value as a plain decoder gives it, as which the vectors have it."""
    if isinstance(thing, zsnmp.Missing):
        return msgpack.ExtType(1, bytes([thing.value]))
    if isinstance(thing, dict):
        return {key: wired(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [wired(one) for one in thing]
    return thing


def by_calls(case, style, serve, ask):
    """Levels 2 and 3: what is asked by the client's calls, one after the other, as replies."""
    replies = []
    for body in case.send:
        replies += ask(style, vectors.with_port(sendable(body.map), serve.port))
    return replies


def with_id(replies, message):
    """Replies with the id of the case: a client numbers its requests by itself."""
    return [{**wired(reply), "id": message.get("id")} for reply in replies]


def sendable(thing):
    """A map of the vectors as a program gives it. Python has floats of 64 bits only."""
    if isinstance(thing, vectors.Float32):
        return thing.value
    if isinstance(thing, dict):
        return {key: sendable(value) for key, value in thing.items()}
    if isinstance(thing, list):
        return [sendable(one) for one in thing]
    return thing


class Failed(Exception):
    """A call ended with an error: the reply that this speaks of."""

    def __init__(self, error, varbinds):
        names = ("code", "name", "message", "index", "retryable", "sent")
        self.reply = {"peer": error.peer, "error": {name: getattr(error, name) for name in names}}
        self.reply.update(stop=error.stop, next=error.next)
        self.reply.update((key, error.reply.get(key)) for key in ("complete", "quirks", "rtt_us", "tries"))
        if varbinds or "varbinds" in error.reply:
            self.reply["varbinds"] = varbinds
        if isinstance(error, zsnmp.WalkCutOff):
            assert self.reply.pop("error")["name"] == error.stop
        self.reply = {key: value for key, value in self.reply.items() if value is not None}


def ask_raw(style, said):
    """A map by the generic call, an array by that for batches, which takes no streams."""
    client = style.client
    if isinstance(said, list):
        if any(message.get("stream") for message in said):
            return [reply for message in said for reply in ask_raw(style, message)]
        replies = styles.call(style, client.batch, [without_id(message) for message in said])
        return [one for reply, message in zip(replies, said) for one in with_id([reply], message)]
    request = without_id(said)
    if request.get("stream"):
        return with_id(styles.call(style, client.stream, request), said)
    return with_id([styles.call(style, client.request, request)], said)


def without_id(message):
    return {key: value for key, value in message.items() if key != "id"}


def ask_typed(style, said):
    """The calls that mean the same, their results or errors as replies."""
    replies = []
    for message in said if isinstance(said, list) else [said]:
        try:
            got = typed(style, message)
        except Failed as failed:
            got = failed.reply
        replies += with_id([got], message)
    return replies


def typed(style, message):
    options = {key: value for key, value in message.items() if key not in ("id", "op", "peer", "oids", "set")}
    op = message["op"]
    method = getattr(style.client, op)
    if op not in TYPED:
        return ask_service(style, op, method, options)
    options.setdefault("exceptions", False)
    types = options.pop("form", "map") == "list"
    what = message["set" if op == "set" else "oids"]
    if op == "walk":
        return walked(style, method(message["peer"], what, types=types, **{"stream": 0, **options}), types)
    try:
        result = styles.call(style, method, message["peer"], what, types=types, **options)
    except zsnmp.Error as error:
        raise Failed(error, plain(error.varbinds.rows, types)) from error
    reply = {"peer": result.reply["peer"], "varbinds": plain(result.rows, types)}
    return {**reply, **given(quirks=result.quirks, rtt_us=result.rtt_us, tries=result.tries)}


def ask_service(style, op, method, options):
    try:
        said = styles.call(style, method, **options)
    except zsnmp.Error as error:
        raise Failed(error, []) from error
    return {"info": said} if op == "info" else said


def walked(style, walk, types):
    rows = []
    try:
        styles.call(style, walk, into=rows)
    except zsnmp.Error as error:
        raise Failed(error, plain(rows, types)) from error
    reply = {"peer": walk.reply["peer"], "varbinds": plain(rows, types)}
    reply.update(complete=walk.complete, stop=walk.stop)
    timing = {key: walk.reply.get(key) for key in ("rtt_us", "tries")}
    return {**reply, **given(next=walk.next, quirks=walk.quirks, **timing)}


def plain(rows, types):
    """Rows as the varbinds of a reply. In list form what is missing has its type, and no value."""
    if not types:
        return dict(rows)
    return [[oid, kind, None if isinstance(value, zsnmp.Missing) else value] for oid, (kind, value) in rows]


def given(**values):
    return {key: value for key, value in values.items() if value not in (None, [])}


def folded(case):
    """A case whose streams come as one reply each: an iterator does not show parts."""
    whole = {}
    for reply in case.replies:
        key = vectors.key_of(reply)
        reply = {name: value for name, value in reply.items() if name != "more"}
        if key in whole:
            reply["varbinds"] = joined(whole[key]["varbinds"], reply.get("varbinds"))
        whole[key] = reply
    case = copy.copy(case)
    case.replies = list(whole.values())
    return case


def joined(before, rows):
    """What the last reply may hold has to be there if parts held something."""
    rows = rows.value if isinstance(rows, vectors.May) else rows
    if not rows:
        return before
    return before + rows if isinstance(rows, list) else {**before, **rows}
