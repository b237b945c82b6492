"""The vectors: reading them, and saying whether a reply is what one of them expects.

Used by everything in Python that runs them. Values are those of python3-msgpack: str, bytes for
bin, ExtType for ext.
"""
import dataclasses
import json
import os
import select
import struct
import subprocess
from pathlib import Path

import msgpack

HERE = Path(__file__).resolve().parent
PORT = "99999"  # stands for that of the simulator


# --- values and patterns -------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Any:
    """Any value of a kind."""

    kind: str

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"no such kind: {self.kind}")


@dataclasses.dataclass(frozen=True)
class Uint:
    """An unsigned number within bounds, these included."""

    least: int
    most: int


@dataclasses.dataclass(frozen=True)
class Has:
    """A map with at least these keys."""

    keys: dict


@dataclasses.dataclass(frozen=True)
class May:
    """The value of a key that may be missing; where it is there, it is as said."""

    value: object


@dataclasses.dataclass(frozen=True)
class Float32:
    """A float of 32 bits."""

    value: float


def is_int(thing):
    return isinstance(thing, int) and not isinstance(thing, bool)


KINDS = {
    "uint": lambda thing: is_int(thing) and thing >= 0,
    "str": lambda thing: isinstance(thing, str),
    "bool": lambda thing: isinstance(thing, bool),
    "map": lambda thing: isinstance(thing, dict),
    "array": lambda thing: isinstance(thing, list),
    "nil": lambda thing: thing is None,
    "any": lambda thing: True,
}

FORMS = {
    "$bin": bytes.fromhex,
    "$int": int,
    "$f32": lambda value: Float32(struct.unpack("f", struct.pack("f", value))[0]),
    "$f64": float,
    "$ext": lambda value: msgpack.ExtType(value[0], bytes.fromhex(value[1])),
    "$any": Any,
    "$has": lambda value: Has(from_json(value)),
    "$may": lambda value: May(from_json(value)),
    "$uint": lambda value: Uint(*(int(from_json(one)) for one in value)),
}


def from_json(thing):
    """What stands in a file as values and patterns."""
    if isinstance(thing, list):
        return [from_json(one) for one in thing]
    if not isinstance(thing, dict):
        return thing
    if len(thing) == 1:
        (key, value), = thing.items()
        if key.startswith("$"):
            return FORMS[key](value)
    return {key: from_json(value) for key, value in thing.items()}


def differences(want, got, where="reply"):
    """What is wrong with a value, a line each; none where it is as expected."""
    if isinstance(want, Any):
        return [] if KINDS[want.kind](got) else [f"{where}: {got!r} is no {want.kind}"]
    if isinstance(want, Uint):
        good = is_int(got) and want.least <= got <= want.most
        return [] if good else [f"{where}: {got!r} is not within {want.least} and {want.most}"]
    if isinstance(want, May):
        return differences(want.value, got, where)
    if isinstance(want, (Has, dict)):
        return map_differences(want, got, where)
    if isinstance(want, list):
        if not isinstance(got, list) or len(got) != len(want):
            return [f"{where}: {got!r} instead of {want!r}"]
        return [line for place, (one, other) in enumerate(zip(want, got))
                for line in differences(one, other, f"{where}[{place}]")]
    if isinstance(want, Float32):
        want = want.value
    same = type(want) is type(got) and want == got
    return [] if same else [f"{where}: {got!r} instead of {want!r}"]


def map_differences(want, got, where):
    keys = want.keys if isinstance(want, Has) else want
    if not isinstance(got, dict):
        return [f"{where}: {got!r} is no map"]
    lines = []
    for key, value in keys.items():
        if key in got:
            lines += differences(value, got[key], f"{where}.{key}")
        elif not isinstance(value, May):
            lines.append(f"{where}.{key} is missing")
    if not isinstance(want, Has):
        lines += [f"{where}.{key} should not be there" for key in got if key not in keys]
    return lines


# --- cases ---------------------------------------------------------------------------------------


def with_port(thing, port):
    """A value with the simulator's port in place of the one that stands for it."""
    if isinstance(thing, str):
        return thing.replace(PORT, str(port))
    if isinstance(thing, bytes):
        return thing.replace(PORT.encode(), str(port).encode())
    if isinstance(thing, list):
        return [with_port(one, port) for one in thing]
    if isinstance(thing, dict):
        return {key: with_port(value, port) for key, value in thing.items()}
    if isinstance(thing, (Has, May)):
        field = "keys" if isinstance(thing, Has) else "value"
        return type(thing)(with_port(getattr(thing, field), port))
    return thing


class Body:
    """One body to send."""

    def __init__(self, raw):
        self.data = bytes.fromhex(raw["bytes"])
        self.map = from_json(raw["map"]) if "map" in raw else None
        self.delimiter = raw.get("delimiter", False)
        self.frames = [bytes.fromhex(frame) for frame in raw.get("frames", [])]
        self.after = raw.get("after", 0)


class Case:
    """One case of a file."""

    def __init__(self, feature, raw):
        self.feature = feature
        self.name, self.about = raw["name"], raw["about"]
        self.device = raw.get("device")
        self.record = raw.get("record")
        self.rules = raw.get("rules", [])
        self.send = [Body(one) for one in raw["send"]]
        self.replies = [from_json(one) for one in raw["replies"]]
        self.bodies = raw.get("bodies")
        self.wire = raw.get("wire", False)
        self.untyped = raw.get("untyped", False)

    def __repr__(self):
        return self.name


def load(directory=HERE):
    """All cases, in the order of the files' names."""
    cases = []
    for path in sorted(Path(directory).glob("*.json")):
        raw = json.loads(path.read_text("utf-8"))
        cases += [Case(raw["feature"], one) for one in raw["cases"]]
    return cases


def key_of(reply):
    """What replies are told apart by: the id, and its type; what has none is like no other."""
    key = reply["id"] if isinstance(reply, dict) and "id" in reply else ...
    return type(key).__name__, repr(key)


def judge(case, replies, port):
    """What is wrong with the replies to a case, a line each, by what was received in order."""
    lines, waiting = [], {}
    for reply in replies:
        waiting.setdefault(key_of(reply), []).append(reply)
    for want in with_port(case.replies, port):
        got = waiting.get(key_of(want))
        if not got:
            lines.append(f"no reply for {want['id']!r}")
        else:
            lines += differences(want, got.pop(0), f"reply {want['id']!r}")
    lines += [f"a reply that nobody expects: {reply!r}" for got in waiting.values() for reply in got]
    return lines


# --- the service that they are run against -------------------------------------------------------


class Serve:
    """tests/vectors/serve, ready when made."""

    PATIENCE = 60

    def __init__(self, *options):
        self.process = subprocess.Popen([str(HERE / "serve"), *options], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.rest = b""
        self.about = json.loads(self.line())
        self.endpoint, self.ipc = self.about["endpoint"], self.about["ipc"]
        self.port, self.curve = self.about["port"], self.about.get("curve")

    def line(self):
        out = self.process.stdout.fileno()
        while b"\n" not in self.rest:
            data = select.select([out], [], [], self.PATIENCE)[0] and os.read(out, 65536)
            if not data:
                self.process.kill()
                raise AssertionError("serve has ended" if data == b"" else "serve is silent")
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\n")
        return line.decode()

    def say(self, line):
        """What comes back to a line; an error where it is one."""
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        answer = self.line()
        assert answer.startswith("ok"), f"{line}: {answer}"
        return answer[2:].strip()

    def close(self):
        """Ends it; what it has to complain about is an error."""
        self.process.stdin.close()
        self.process.stdout.close()
        status = self.process.wait(self.PATIENCE)
        assert status == 0, f"serve ended with status {status}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
