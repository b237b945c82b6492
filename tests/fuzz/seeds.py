#!/usr/bin/env python3
"""Writes seed corpora, a directory for each target: bodies for decode.c, with every key and value at
least once; datagrams for peek.c, with every type, and for reply.c; scoped PDUs for reply_v3.c; what
an agent does for walk.c.

    seeds.py DIRECTORY
"""
import pathlib
import sys

import msgpack

OID = "1.3.6.1.2.1.1.1.0"
GET = {"op": "get", "peer": "127.0.0.1", "oids": [OID]}
V3 = {"version": "3", "user": "u", "auth_proto": "SHA-256", "auth_pass": "authentic",
      "priv_proto": "AES-256-C", "priv_pass": "privately", "level": "authPriv"}
SETTINGS = [["i", -5], ["u", "7"], ["c", 2**32 - 1], ["t", 123], ["a", "192.0.2.1"],
            ["a", b"\xc0\x00\x02\x01"], ["o", OID], ["o", [1, 3, 6]], ["s", "text"],
            ["s", b"\x00\xff"], ["x", "00:ff"], ["d", "0.255"], ["n", None], ["b", "0,9"],
            ["b", [0, 9]], ["C", 2**64 - 1], ["U", 2**63], ["I", -2**63], ["F", 1.5], ["D", "2.5"]]

BODIES = {
    "get": GET,
    "numbers": {**GET, "id": 2**64 - 1, "oids": [[1, 3, 6, 2**32 - 1], b"1.3"]},
    "options": {**GET, "id": b"\x00\x01", "op": "get_bulk", "non_repeaters": 1,
                "max_repetitions": 50, "timeout_ms": 10, "retries": 0, "deadline_ms": 5,
                "limit": 9, "form": "list", "exceptions": True, "timing": True, "bulk": False,
                "priority": 4, "must": ["oids", "form"], "community": "c"},
    "walk": {**GET, "id": "w" * 64, "op": "walk", "oids": ["1"], "version": 1},
    "next": {**GET, "op": "get_next", "peer": "udp6:[::1]:161", "version": 2},
    "v3": {**GET, **V3, "context": "x", "engine_id": b"\x80\x00\x00\x00\x01",
           "context_engine_id": "0x8000000001"},
    "set": {"op": "set", "peer": "h", "set": [[OID, *row] for row in SETTINGS]},
    "later": {**GET, "profile": "p", "stream": 5, "priority": 0},
    "ping": {"op": "ping", "id": 1},
    "devices": {"op": "devices", "limit": 10, "sort": "last_seen"},
    "cancel": {"op": "cancel", "target": "w"},
    "batch": [GET, {"op": "info"}, {"op": "nonsense", "id": None}],
    "nested": {"op": "ping", "x": [[[[[[{"a": {"b": [None, True, 1.5, msgpack.ExtType(1, b"x")]}}]]]]]]},
}


NAME = b"\x2b\x06\x01\x02\x01\x01\x03\x00"
VALUES = [(2, b"\xff"), (2, b"\x7f\xff\xff\xff"), (3, b"\x00\x80"), (4, b"text"), (5, b""), (6, NAME),
          (6, b"\x2b\x8f\xff\xff\xff\x7f"), (6, b""), (0x40, b"\xc0\x00\x02\x01"), (0x41, b"\x00\xff"),
          (0x42, b"\x00" + b"\xff" * 4), (0x43, b"\x05"), (0x44, b"\x9f\x78\x04\x3f\x80\x00\x00"),
          (0x44, b"\x9f\x79\x08" + b"\x3f" * 8), (0x44, b"\x9f\x7a\x01\x80"), (0x44, b"plain"),
          (0x45, b"nsap"), (0x46, b"\x00" + b"\xff" * 8), (0x47, b"\x01"), (0x80, b""), (0x81, b""),
          (0x82, b"")]


def tlv(tag, content):
    size = len(content)
    head = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + head + content


def datagram(version, values, status=0):
    rows = b"".join(tlv(0x30, tlv(6, NAME) + tlv(tag, value)) for tag, value in values)
    numbers = tlv(2, b"\x12\x34\x56\x78") + tlv(2, bytes([status])) + tlv(2, b"\x00")
    pdu = tlv(0xa2, numbers + tlv(0x30, rows))
    return tlv(0x30, tlv(2, bytes([version])) + tlv(4, b"public") + pdu)


V3_HEAD = tlv(2, b"\x03") + tlv(0x30, tlv(2, b"\x01") + tlv(2, b"\x02\x00") + tlv(4, b"\x04") +
                                tlv(2, b"\x03"))
USM = tlv(4, tlv(0x30, tlv(4, b"\x80\x00\x00\x01\x02") + tlv(2, b"\x03") + tlv(2, b"\x64") +
                 tlv(4, b"u") + tlv(4, b"") + tlv(4, b"")))
DATAGRAMS = {
    "each": datagram(1, VALUES), "none": datagram(1, []), "error": datagram(0, VALUES[:1], 2),
    "v3": tlv(0x30, V3_HEAD + USM + tlv(4, b"encrypted")),
    **{f"value{i}": datagram(1, [value]) for i, value in enumerate(VALUES)},
}


NAMES = [b"\x2b\x06\x01\x02\x01\x01\x06\x00", b"\x2b\x06\x01\x02\x01\x01\x03\x00",
         b"\x2b\x06\x01\x02\x01\x02\x01\x01\x01\x07"]
ID = tlv(2, b"\x12\x34\x56\x78")


def response(names, status=0, index=0, tag=0xa2, value=(0x42, b"\x07")):
    rows = b"".join(tlv(0x30, tlv(6, name) + tlv(*value)) for name in names)
    return tlv(tag, ID + tlv(2, bytes([status])) + tlv(2, bytes([index])) + tlv(0x30, rows))


def message(version, pdu):
    return tlv(0x30, tlv(2, bytes([version])) + tlv(4, b"public") + pdu)


ANSWERS = {
    "all": response(NAMES), "one": response(NAMES[:1]), "none": response([]),
    "too_big": response([], 1), "no_such_name": response(NAMES, 2, 2), "gen_err": response([], 5),
    "end": response(NAMES[:1], value=(0x82, b"")), "missing": response(NAMES, value=(0x80, b"")),
    "text": response(NAMES, value=(4, b"text")), "not": response(NAMES, tag=0xa0),
}
REPLIES = {f"{op}_{version}_{name}": bytes([op | (0x40 if version == 0 else 0)]) + message(version, pdu)
           for op in range(5) for version in (0, 1) for name, pdu in ANSWERS.items()}
ENGINE = b"\x80\x00\x1f\x88\x04sim\x00"
SCOPED = {name: tlv(0x30, tlv(4, ENGINE) + tlv(4, b"") + pdu) for name, pdu in ANSWERS.items()}
SCOPED["report"] = tlv(0x30, tlv(4, ENGINE) + tlv(4, b"") + response(
    [b"\x2b\x06\x01\x06\x03\x0f\x01\x01\x02\x00"], tag=0xa8, value=(0x41, b"\x01")))
RAW = tlv(0x30, tlv(2, b"\x03") + tlv(0x30, ID + tlv(2, b"\x02\x00") + tlv(4, b"\x03") +
                                     tlv(2, b"\x03")) + USM + tlv(4, b"encrypted"))
REPLIES_V3 = {f"{op}_{how}_{name}": bytes([op << 4 | how]) + pdu
              for op in range(5) for how in (0, 2, 4, 8) for name, pdu in SCOPED.items()}
REPLIES_V3["raw"] = b"\x01" + RAW
WALKS = {
    "v1": b"\x03\x00" + b"\x01\x13" * 5, "rows": b"\x01\x00\x04\x13\x10\x10\x10\x03\x10\x10\x05",
    "loop": b"\x01\x00\x02\x13\x00", "back": b"\x01\x00\x02\x13\x12", "silent": b"\x60\x00\x01\x13",
    "too_big": b"\x01\x00\xc0\xc0\xc0\xc0\xc0\xc0", "no_bulk": b"\x05\x00\x01\x13\x01\x10",
    "limit": b"\x09\x03\x04\x13\x10\x10\x10", "no_such_name": b"\x01\x00\xc1", "gen_err": b"\x01\x00\xc2",
}
CORPORA = {
    "decode": {name: msgpack.packb(body) for name, body in BODIES.items()}, "peek": DATAGRAMS,
    "reply": REPLIES, "reply_v3": REPLIES_V3, "walk": WALKS,
}


def main():
    for target, files in CORPORA.items():
        directory = pathlib.Path(sys.argv[1]) / target
        directory.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (directory / name).write_bytes(content)


if __name__ == "__main__":
    main()
