"""All conformance vectors at their three levels, in each style."""

import copy
import json
import os
from pathlib import Path

import msgpack
import pytest
import styles
import vectors

import zsnmp
from zsnmp._core import Core
from zsnmp._link import Link

CASES = vectors.load()
OUTCOMES = {}
TYPED = ("get", "get_next", "get_bulk", "walk", "set")


@pytest.fixture(scope="module", params=styles.STYLES, ids=lambda kind: kind.name)
def style(request, serve):
    one = request.param(serve.endpoint)
    yield one
    one.close()
    write_outcomes(one.name)


def write_outcomes(name):
    """The file of a style, for scripts/clients-table."""
    where = os.environ.get("ZSNMP_VECTORS_RESULTS")
    if where is None:
        return
    path = Path(where) / f"python-{name}.json" if Path(where).is_dir() else Path(where)
    about = {"client": "Python", "style": name, "version": zsnmp.__version__, "cases": OUTCOMES[name]}
    path.write_text(json.dumps(about, indent=1) + "\n", "utf-8")


def on_the_wire(case, serve):
    """Level 1: the bytes, over the client's link, and the replies by its decoder."""
    replies = []
    core = Core(5, 15)
    core._give = replies.append
    link = Link(serve.endpoint, None, None, None)
    bodies = 0

    def read_until(count):
        nonlocal bodies
        while len(replies) < count:
            assert link._socket.poll(styles.PATIENCE * 1000), "a reply is missing"
            *front, body = link._socket.recv_multipart()
            assert front == [b""] * case.send[0].delimiter, "the delimiter is not as it was"
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
    problems = vectors.judge(case, [wired(reply) for reply in replies], serve.port)
    if case.bodies not in (None, bodies):
        problems.append(f"{bodies} bodies instead of {case.bodies}")
    return problems


def wired(thing):
    """A value as a plain decoder gives it, as which the vectors have it."""
    if isinstance(thing, zsnmp.Missing):
        return msgpack.ExtType(1, bytes([thing.value]))
    if isinstance(thing, dict):
        return {key: wired(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [wired(one) for one in thing]
    return thing


def messages(case, serve):
    """The requests of a case, with how many replies each waits for first."""
    for body in case.send:
        for message in body.map if isinstance(body.map, list) else [body.map]:
            yield body.after, vectors.with_port(message, serve.port)


def by_calls(case, style, serve, ask):
    """Levels 2 and 3: what `ask` starts for each request. It gives that, and how to make replies of it."""
    started, replies = [], []
    for after, message in messages(case, serve):
        while len(replies) < after:
            replies += finish(style, *started.pop(0))
        started.append((message, *ask(style, message)))
    for one in started:
        replies += finish(style, *one)
    return replies


def finish(style, message, running, bring):
    try:
        said = bring(style.wait(running))
    except zsnmp.Error as error:
        said = [from_error(error, bring)]
    return [{**wired(reply), "id": message.get("id")} for reply in said]


def ask_raw(style, message):
    request = {key: value for key, value in message.items() if key != "id"}
    return style.start(style.client.stream, request), list


def ask_typed(style, message):
    """The call that means the same."""
    options = {key: value for key, value in message.items() if key not in ("id", "op", "peer", "oids", "set")}
    op = message["op"]
    method = getattr(style.client, op)
    if op not in TYPED:
        return style.start(method, **options), lambda said: [{"info": said} if op == "info" else said]
    options.setdefault("exceptions", False)
    types = options.pop("form", "map") == "list"
    what = message["set" if op == "set" else "oids"]
    if op != "walk":
        return style.start(method, message["peer"], what, types=types, **options), FromResult(types)
    walk = method(message["peer"], what, types=types, **{"stream": 0, **options})
    rows = []
    return style.start(walk, into=rows), FromWalk(types, walk, rows)


def plain(rows, types):
    return [[oid, *value] for oid, value in rows] if types else dict(rows)


class FromResult:
    """Makes a reply of what get and the like have given."""

    def __init__(self, types):
        self.types = types

    def __call__(self, result):
        reply = {"peer": result.reply["peer"], "varbinds": plain(result.rows, self.types)}
        more = {"quirks": result.quirks, "rtt_us": result.rtt_us, "tries": result.tries}
        return [{**reply, **{key: value for key, value in more.items() if value not in (None, [])}}]

    def failed(self, error):
        return plain(error.varbinds.rows, self.types)


class FromWalk:
    """Makes a reply of rows and of what a walk says of its end."""

    def __init__(self, types, walk, rows):
        self.types, self.walk, self.rows = types, walk, rows

    def __call__(self, _):
        walk = self.walk
        reply = {"peer": walk.reply["peer"], "varbinds": plain(self.rows, self.types)}
        reply.update(complete=walk.complete, stop=walk.stop)
        more = {"next": walk.next, "quirks": walk.quirks}
        more.update((key, walk.reply.get(key)) for key in ("rtt_us", "tries"))
        return [{**reply, **{key: value for key, value in more.items() if value not in (None, [])}}]

    def failed(self, _):
        return plain(self.rows, self.types)


def from_error(error, bring):
    """The reply that an exception speaks of."""
    names = ("code", "name", "message", "index", "retryable", "sent")
    reply = {"peer": error.peer, "error": {name: getattr(error, name) for name in names}}
    reply.update(stop=error.stop, next=error.next)
    reply.update((key, error.reply.get(key)) for key in ("complete", "quirks", "rtt_us", "tries"))
    if "varbinds" in error.reply:
        reply["varbinds"] = bring.failed(error)
    if isinstance(error, zsnmp.WalkCutOff):
        assert reply.pop("error")["name"] == error.stop
    return {key: value for key, value in reply.items() if value is not None}


def folded(case):
    """A case whose streams come as one reply each: an iterator does not show parts."""
    whole = {}
    for reply in case.replies:
        key = vectors.key_of(reply)
        before = whole.get(key, {}).get("varbinds")
        reply = {name: value for name, value in reply.items() if name != "more"}
        if before is not None and "varbinds" in reply:
            rows = reply["varbinds"]
            reply["varbinds"] = before + rows if isinstance(rows, list) else {**before, **rows}
        whole[key] = reply
    case = copy.copy(case)
    case.replies = list(whole.values())
    return case


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_vector(case, style, serve):
    outcomes = OUTCOMES.setdefault(style.name, {})
    outcomes[case.name] = "did not end"
    problems = [f"wire: {line}" for line in on_the_wire(case, serve)]
    if not case.wire:
        replies = by_calls(case, style, serve, ask_raw)
        problems += [f"request: {line}" for line in vectors.judge(case, replies, serve.port)]
        if not case.untyped:
            replies = by_calls(case, style, serve, ask_typed)
            problems += [f"interface: {line}" for line in vectors.judge(folded(case), replies, serve.port)]
    outcomes[case.name] = "\n".join(problems) or "ok"
    assert not problems, outcomes[case.name]
