#!/usr/bin/env python3
"""Writes a seed corpus for tests/fuzz/decode.c: one body a file, every key and value at least once.

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


def main():
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    for name, body in BODIES.items():
        (directory / name).write_bytes(msgpack.packb(body))


if __name__ == "__main__":
    main()
