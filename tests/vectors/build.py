"""The language in which cases/ says what is sent and what has to come back, and the JSON of it.

A request is a map; its `id` and `peer` are put in front of what is written here, and so they are for
replies. str is str, bytes are bin, float is float64; Float32, ExtType and the patterns are those of
vectors.py.
"""
import json
import struct

import msgpack
from vectors import PORT, Any, Float32, Has, May, Uint

ABSENT = object()  # as the value of a key: it is not there, not even by default
SERVICE_OPS = ("ping", "info", "devices", "cancel")
STR, UINT = Any("str"), Any("uint")

ERRORS = {  # docs/PROTOCOL.md, Errors: code and whether it is retryable
    "tooBig": (1, False), "noSuchName": (2, False), "badValue": (3, False),
    "readOnly": (4, False), "genErr": (5, False), "noAccess": (6, False),
    "wrongType": (7, False), "wrongLength": (8, False), "wrongEncoding": (9, False),
    "wrongValue": (10, False), "noCreation": (11, False), "inconsistentValue": (12, False),
    "resourceUnavailable": (13, True), "commitFailed": (14, False), "undoFailed": (15, False),
    "authorizationError": (16, False), "notWritable": (17, False), "inconsistentName": (18, False),
    "timeout": (100, True), "device_down": (101, True), "unreachable": (102, True),
    "bad_address": (103, False), "send_failed": (104, True), "unknown_user": (200, False),
    "wrong_digest": (201, False), "not_in_time_window": (202, True),
    "unknown_engine_id": (203, True), "decryption_error": (204, False),
    "unsupported_security_level": (205, False), "unknown_context": (206, False),
    "unavailable_context": (207, True), "other_report": (208, False), "bad_key": (209, False),
    "queue_full": (300, True), "deadline": (302, True), "cancelled": (303, False),
    "shutting_down": (304, True), "bad_request": (400, False), "unsupported": (401, False),
    "too_large": (402, False), "unknown_request": (404, False),
}


# --- MessagePack, everything in its shortest form ------------------------------------------------


def pack_float(code, form, value):
    return bytes([code]) + struct.pack(form, value)


def pack(thing):
    """The bytes of a value, with map keys in their order."""
    if isinstance(thing, Float32):
        return pack_float(0xca, ">f", thing.value)
    if isinstance(thing, list):
        head = msgpack.Packer().pack_array_header(len(thing))
        return head + b"".join(pack(one) for one in thing)
    if isinstance(thing, dict):
        head = msgpack.Packer().pack_map_header(len(thing))
        return head + b"".join(pack(one) for pair in thing.items() for one in pair)
    return msgpack.packb(thing, use_bin_type=True)


# --- JSON ----------------------------------------------------------------------------------------


def to_json(thing):
    """Values and patterns in the forms of README.md."""
    if isinstance(thing, msgpack.ExtType):
        return {"$ext": [thing.code, thing.data.hex()]}
    if isinstance(thing, bytes):
        return {"$bin": thing.hex()}
    if isinstance(thing, int) and abs(thing) > 2**53:
        return {"$int": str(thing)}
    if isinstance(thing, (float, Float32)):
        return {"$f64": thing} if isinstance(thing, float) else {"$f32": thing.value}
    if isinstance(thing, Any):
        return {"$any": thing.kind}
    if isinstance(thing, (Has, May)):
        name, inner = ("$has", thing.keys) if isinstance(thing, Has) else ("$may", thing.value)
        return {name: to_json(inner)}
    if isinstance(thing, Uint):
        return {"$uint": [to_json(thing.least), to_json(thing.most)]}
    if isinstance(thing, list):
        return [to_json(one) for one in thing]
    if isinstance(thing, dict):
        assert not any(key.startswith("$") for key in thing), thing
        return {key: to_json(value) for key, value in thing.items()}
    return thing


def line(thing):
    return json.dumps(thing, ensure_ascii=True)


def block(things, indent):
    """An array with one thing a line, where there is more than one."""
    if len(things) < 2:
        return "[" + ", ".join(things) + "]"
    return "[\n" + ",\n".join(" " * indent + one for one in things) + "]"


def case_text(case):
    """A case over a few lines: what it is, its device, what is sent, what comes back."""
    case = dict(case)
    send, replies = case.pop("send"), case.pop("replies")
    parts = [f'{{"name": {line(case.pop("name"))}, "about": {line(case.pop("about"))}']
    for key in ("device", "record", "rules"):
        if key in case:
            value = case.pop(key)
            text = block([line(one) for one in value], 5) if isinstance(value, list) else line(value)
            parts.append(f'{line(key)}: {text}')
    if case:
        parts.append(", ".join(f"{line(key)}: {line(value)}" for key, value in case.items()))
    bodies = []
    for body in send:
        body = {key: line(value) for key, value in body.items()}
        bodies.append("{" + ",\n      ".join(f'"{key}": {text}' for key, text in body.items()) + "}")
    parts.append('"send": ' + block(bodies, 5))
    parts.append('"replies": ' + block([line(one) for one in replies], 5))
    return ",\n    ".join(parts) + "}"


# --- what cases are written in -------------------------------------------------------------------


def failed(name, index=0, sent="no", retryable=None, **more):
    """What a reply has that is the error of this name; its text is for people."""
    code, again = ERRORS[name]
    return {"error": {"code": code, "name": name, "message": STR, "index": index,
                      "retryable": again if retryable is None else retryable, "sent": sent}, **more}


def bad(index=0):
    return failed("bad_request", index)


def varbinds(rows, **more):
    return {"varbinds": rows, **more}


class Step:
    """A body to send, and the replies to each of its messages.

    It is sent when `after` replies of the case have come: where it is not said, all those before.
    """

    is_batch = False

    def __init__(self, message, *replies, delimiter=False, data=None, frames=(), after=None):
        self.message, self.data, self.frames = message, data, frames
        self.replies, self.delimiter, self.after = replies, delimiter, after


def ask(message, *replies, **keys):
    """A request and its replies: one, or the parts of a walk and then the last."""
    return Step([message], list(replies), **keys)


def batch(*pairs, **keys):
    """Requests in one body, each with its reply or the list of its replies."""
    step = Step([message for message, _ in pairs],
                *[reply if isinstance(reply, list) else [reply] for _, reply in pairs], **keys)
    step.is_batch = True
    return step


def raw(data, *replies, **keys):
    """Bytes as they are, and replies as they are."""
    return Step(None, list(replies), data=data, **keys)


class Feature:
    """A file of cases. Its number is in the addresses of their devices."""

    def __init__(self, number, name, about):
        self.number, self.name, self.about = number, name, about
        self.cases = []

    def case(self, name, about, *steps, record=None, rules=(), wire=False, untyped=False,
             bodies=None):
        number = len(self.cases) + 1
        device = f"127.20.{self.number}.{number}"
        assert number <= 255
        case = Builder(device, bool(record or rules)).run(steps)
        case = {"name": f"{self.name}-{name}", "about": about, **case}
        for key, value in (("record", record), ("rules", list(rules))):
            if value:
                case[key] = value
        for key, value in (("bodies", bodies), ("wire", wire), ("untyped", untyped)):
            if value:
                case[key] = value
        self.cases.append(case)

    def text(self):
        head = f'{{"feature": {line(self.name)},\n "about": {line(self.about)},\n "cases": ['
        return head + ",\n".join("\n   " + case_text(case) for case in self.cases) + "]}\n"


class Builder:
    """Puts ids and peers in, and encodes."""

    def __init__(self, device, needs_device):
        self.device, self.needs_device = device, needs_device
        self.peer = f"{device}:{PORT}"
        self.next, self.received = 1, 0
        self.send, self.replies = [], []

    def run(self, steps):
        for step in steps:
            self.step(step)
        asked = f"{self.device}:".encode().hex()
        used = self.needs_device or any(asked in body["bytes"] for body in self.send)
        head = {"device": self.device} if used else {}
        return {**head, "send": self.send, "replies": [to_json(one) for one in self.replies]}

    def step(self, step):
        if step.message is None:
            body, replies = {"bytes": step.data.hex()}, step.replies[0]
        else:
            body, replies = self.encode(step)
        if step.frames:
            body["frames"] = [frame.hex() for frame in step.frames]
        if step.delimiter:
            body["delimiter"] = True
        after = self.received if step.after is None else step.after
        if after:
            body["after"] = after
        self.received += len(replies)
        self.send.append(body)
        self.replies += replies

    def encode(self, step):
        messages, replies = [], []
        for message, answers in zip(step.message, step.replies):
            message = self.complete(message)
            messages.append(message)
            replies += [self.answer(message, answer) for answer in answers]
        whole = messages if step.is_batch else messages[0]
        return {"map": to_json(whole), "bytes": pack(whole).hex()}, replies

    def complete(self, message):
        head = {"id": self.next, "op": message.get("op")}
        self.next += 1
        if message.get("op") not in SERVICE_OPS:
            head["peer"] = self.peer
        message = {**head, **message}
        return {key: value for key, value in message.items() if value is not ABSENT}

    def answer(self, message, answer):
        head = {"id": message.get("id")}
        if message.get("op") not in SERVICE_OPS and isinstance(message.get("peer"), (str, bytes)):
            head["peer"] = message["peer"]
        whole = {**head, **answer}
        return {key: value for key, value in whole.items() if value is not ABSENT}
