"""Frames, bodies and batches, the service's own calls, and the examples of docs/PROTOCOL.md."""
from build import ABSENT, STR, UINT, Feature, ask, bad, batch, failed, pack, raw, varbinds
from msgpack import ExtType
from vectors import Any, Has, May, Uint

from cases.common import (CONTACT, FIRST_THREE, GOOD, IF_INDEX, INDEXES, NAME, ROWS, get, record,
                          rows, setting, walk)

PING = {"op": "ping"}
PONG = {"pong": True, "protocol": "ZSNMP/1", "version": STR, "uptime_ms": UINT}
COLUMN = varbinds(INDEXES, complete=True, stop="out_of_tree")

# --- batches -------------------------------------------------------------------------------------

batches = Feature(22, "batch", "Batches: Bodies, messages and batches")
case = batches.case
BODIES = "Bodies: messages and batches"
case("two", "Two messages. " + BODIES, batch((get(), GOOD), (get(f"{IF_INDEX}.1"),
                                                            varbinds({f"{IF_INDEX}.1": 1}))))
case("one", "A batch of one message is answered by an array. " + BODIES, batch((get(), GOOD)), bodies=1)
case("all-operations", "All operations. " + BODIES,
     batch((get(), GOOD), ({"op": "get_next", "oids": [IF_INDEX]}, varbinds({f"{IF_INDEX}.1": 1})),
           ({"op": "get_bulk", "oids": [IF_INDEX], "max_repetitions": 3}, varbinds(FIRST_THREE)),
           (walk(), COLUMN), (setting(CONTACT, "s", "x"), varbinds({CONTACT: b"x"}))))
case("many-devices", "A device each. " + BODIES,
     batch(*[(get(NAME, peer=f"127.21.22.{n}:99999"), varbinds({NAME: b"sim-127-21-22-%d" % n}))
             for n in range(1, 21)]))
case("many-messages", "A hundred of them. " + BODIES,
     batch(*[(get(peer=f"127.21.23.{n}:99999"), GOOD) for n in range(1, 101)]))
case("mixed", "Good ones and bad ones: each has its own reply. " + BODIES,
     batch((get(), GOOD), (get("1.3.x"), bad(1)), (get(op="frobnicate"), {**failed("unsupported"),
                                                                        "peer": ABSENT}),
           (walk(), COLUMN)), untyped=True)
case("all-bad", "Bad ones only. " + BODIES,
     batch((get("1.3.x"), bad(1)), (get(timeout_ms=0), bad())))
case("failures", "One device does not answer, the others do. " + BODIES,
     batch((get(timeout_ms=60, retries=0), failed("timeout", sent="maybe")),
           (get(peer="127.21.24.1:99999"), GOOD)), rules=["dead"])
case("of-the-service", "The service's own calls. " + BODIES, batch((PING, PONG), (get(), GOOD)))
case("ids", "Ids of all types. " + BODIES,
     batch((get(id=7), GOOD), (get(id="7"), GOOD), (get(id=b"7"), GOOD), (get(id=None), GOOD)), wire=True)
case("same-id", "One id twice. " + BODIES, batch((get(id=5), GOOD), (get(id=5), GOOD)), wire=True)
case("stream", "A walk in parts, in a batch without a delimiter. Walks",
     batch((walk(ROWS, stream=2), [varbinds(rows(2), more=True),
                                   varbinds(rows(1, 3), more=False, complete=True, stop="out_of_tree")]),
           (get(f"{ROWS}.1"), varbinds(rows(1)))), record=record(3))
case("two-batches", "Two at the same time. " + BODIES,
     batch((get(), GOOD), (walk(), COLUMN)), batch((get(), GOOD), (PING, PONG), after=0), wire=True)
case("delimiter", "With a delimiter: one body answers all of it. " + BODIES,
     batch((get(), GOOD), (walk(), COLUMN), (PING, PONG), delimiter=True), wire=True, bodies=1)
case("delimiter-mixed", "With a delimiter, good ones and bad ones. " + BODIES,
     batch((get(), GOOD), (get("1.3.x"), bad(1)), (get(op=5), {**bad(), "peer": ABSENT}), delimiter=True),
     wire=True, bodies=1)
case("delimiter-slow", "The body comes when the last reply is there. " + BODIES,
     batch((get(), GOOD), (get(peer="127.21.22.1:99999"), GOOD), delimiter=True), rules=["delay=100"],
     wire=True, bodies=1)
case("delimiter-one", "With a delimiter, a batch of one. " + BODIES,
     batch((get(), GOOD), delimiter=True), wire=True, bodies=1)
case("delimiter-map", "A single map with a delimiter has one in front of its reply. Transport and frames",
     ask(get(), GOOD, delimiter=True), wire=True, bodies=1)
case("delimiter-and-none", "Both forms on one connection. Transport and frames",
     ask(get(), GOOD), ask(get(), GOOD, delimiter=True), wire=True, bodies=2)
case("too-many", "More than 10000 messages. Limits",
     raw(b"\xdc" + (10001).to_bytes(2, "big") + b"\x80" * 10001, {"id": None, **failed("too_large")}),
     wire=True, bodies=1)

# --- bodies that are wrong -----------------------------------------------------------------------

bodies = Feature(23, "body", "Bodies that are wrong: Bodies, messages and batches")
case = bodies.case
NO_ID = {"id": None, **bad()}
GOOD_PING = pack({"id": 1, "op": "ping"})


def nested(depth):
    """A ping with a key whose value makes the body so deep."""
    return b"\x83\xa2id\x01\xa2op\xa4ping\xa1k" + b"\x91" * (depth - 1) + b"\x01"


for name, about, data in (
        ("empty", "No bytes.", b""),
        ("number", "A number, as in the example.", b"\x05"),
        ("nil", "nil.", b"\xc0"),
        ("string", "A string.", b"\xa4ping"),
        ("bin", "bin.", b"\xc4\x01\0"),
        ("ext", "ext.", b"\xd4\x01\x81"),
        ("float", "A float.", b"\xcb" + bytes(8)),
        ("array-empty", "An array of nothing.", b"\x90"),
        ("array-of-numbers", "An array of what is no map.", b"\x92\x01\x02"),
        ("array-among", "One thing of a batch is no map: nothing is carried out.",
         b"\x92" + GOOD_PING + b"\x05"),
        ("array-nested", "A batch in a batch.", b"\x91\x91" + GOOD_PING),
        ("bytes-behind", "Bytes behind the object.", GOOD_PING + b"\0"),
        ("twice", "Two objects.", GOOD_PING * 2),
        ("cut", "It ends too early.", GOOD_PING[:-1]),
        ("cut-map", "A map of fewer pairs than it says.", b"\x83" + GOOD_PING[1:]),
        ("never-used", "The byte that MessagePack never uses.", b"\xc1"),
        ("long-map", "A map that says that it is huge.", b"\xdf\xff\xff\xff\xff"),
        ("long-array", "An array that says so.", b"\xdd\xff\xff\xff\xff"),
        ("long-string", "A string that says so.", b"\x81\xdb\xff\xff\xff\xff"),
        ("long-bin", "bin that says so.", b"\x81\xa2id\xc6\xff\xff\xff\xff"),
        ("too-deep", "Nested more deeply than 16.", nested(17)),
        ("far-too-deep", "Nested a thousandfold.", b"\x91" * 1000 + b"\x90"),
        ("json", "JSON.", b'{"id": 1, "op": "ping"}')):
    case(name, f"{about} {BODIES}", raw(data, NO_ID), wire=True, bodies=1)
case("deep", "Nested 16 times. Limits", raw(nested(16), {"id": 1, **PONG}), wire=True)
case("delimiter", "What is wrong comes back with a delimiter too. Transport and frames",
     raw(b"\xc1", NO_ID, delimiter=True), wire=True, bodies=1)
case("frames", "A message of two frames. Transport and frames",
     raw(GOOD_PING, NO_ID, frames=[GOOD_PING]), wire=True, bodies=1)
case("frames-four", "A message of four frames. Transport and frames",
     raw(GOOD_PING, NO_ID, frames=[b"", GOOD_PING, b""]), wire=True, bodies=1)
case("map-empty", "A map of nothing: no op. For every message", raw(b"\x80", NO_ID), wire=True)
case("lives-on", "The connection lives on. " + BODIES, raw(b"\xc1", NO_ID), ask(get(), GOOD), wire=True)
case("str-of-any-bytes", "A str that is no UTF-8 means its bytes. Requests",
     raw(b"\x83\xa2id\x01\xa2op\xa4ping\xa1k\xa1\xff", {"id": 1, **PONG}), wire=True)

# --- the service itself --------------------------------------------------------------------------

service = Feature(24, "service", "Calls to the service itself")
case = service.case
CALLS = "Calls to the service itself"
case("ping", "ping. " + CALLS, ask(PING, PONG))
case("ping-with-keys", "It looks at the keys of its own alone. Requests",
     ask({"op": "ping", "peer": 5, "oids": "x", "timeout_ms": -1}, PONG), untyped=True)
case("ping-without-id", "A ping without an id. For every message", ask({"op": "ping", "id": ABSENT}, PONG),
     wire=True)
FRONT = ("uptime_ms workers pid clients backlog_bytes messages_in messages_out bytes_in bytes_out "
         "bad_requests queue_full replies_dropped replies_unroutable").split()
POOL = ("requests_queued requests_in_flight devices memory_bytes sessions breakers_open requests_accepted "
        "requests_ok requests_failed requests_timeout requests_cancelled requests_merged requests_bundled "
        "varbinds packets_sent packets_received packets_resent bytes_sent bytes_received send_blocked "
        "send_failed drop_malformed drop_unknown_id drop_wrong_source drop_wrong_version "
        "drop_not_response drop_rejected drop_kernel breakers_opened breakers_closed breaker_probes "
        "v3_probes v3_reports v3_keys_derived hook_trips names_resolved loop_rounds loop_max_us").split()
case("info", "Counters and texts. " + CALLS,
     ask({"op": "info"}, {"info": Has({"version": STR, **{name: UINT for name in FRONT + POOL}})}))
ROW = Has({"peer": STR, "state": STR, "changes": UINT, "down_ms": May(UINT), "worker": UINT, "sessions": UINT,
           "queued": UINT, "in_flight": UINT, "requests": UINT, "timeouts": UINT, "failures": UINT,
           "rtt_us": Any("any"), "seen_ms_ago": Any("any"), "get_names": Any("any"),
           "repetitions": Any("any"), "quirks": Any("array")})
KNOWN = {"known": Uint(1, 1000000), "devices": Any("array")}
case("devices", "What is known of devices. " + CALLS, ask(get(), GOOD), ask({"op": "devices"}, KNOWN))
for sort in ("peer", "requests", "timeouts", "rtt", "queued", "last_seen"):
    case(f"devices-{sort.replace('_', '-')}", f"Sorted by {sort}. {CALLS}", ask(get(), GOOD),
         ask({"op": "devices", "sort": sort, "limit": 1}, {**KNOWN, "devices": [ROW]}))
case("devices-all", "The largest limit. " + CALLS, ask(get(), GOOD),
     ask({"op": "devices", "limit": 10000}, KNOWN))
for name, keys in (("limit-zero", {"limit": 0}), ("limit-too-large", {"limit": 10001}),
                   ("limit-negative", {"limit": -1}), ("limit-a-string", {"limit": "5"}),
                   ("sort-unknown", {"sort": "beauty"}), ("sort-a-number", {"sort": 1})):
    case(f"devices-{name}", f"What is wrong with it. {CALLS}", ask({"op": "devices", **keys}, bad()),
         untyped=name not in ("limit-zero", "limit-too-large"))

# --- cancel --------------------------------------------------------------------------------------

cancels = Feature(25, "cancel", "cancel: Calls to the service itself")
case = cancels.case
DONE = {"cancelled": True}
LONG = {"timeout_ms": 20000, "retries": 0}


def cancel(target, **keys):
    return {"op": "cancel", "target": target, **keys}


def cancelled(sent=STR, **more):
    """Whether it has gone out depends on which was faster."""
    return failed("cancelled", sent=sent, **more)


for name, target in (("number", 7), ("str", "seven"), ("bin", b"\0seven\xff")):
    case(name, f"The id of a request: {name}. {CALLS}",
         ask(get(id=target, **LONG), cancelled()), ask(cancel(target), DONE, after=0), rules=["dead"],
         wire=True)
case("walk", "A walk keeps what came. " + CALLS,
     ask(walk(ROWS, stream=1, id=1, **LONG), varbinds(rows(1), more=True), varbinds(rows(1, 2), more=True),
         cancelled("yes", more=False, complete=False, stop="cancelled", next=f"{ROWS}.2", varbinds=May({}))),
     ask(cancel(1, id=2), DONE, after=2), record=record(5), rules=["walk=silent:2"], wire=True)
case("set", "A SET. " + CALLS,
     ask(setting(CONTACT, "s", "x", id=1, **LONG), cancelled()), ask(cancel(1, id=2), DONE, after=0),
     rules=["dead"], wire=True)
case("waiting", "A request that waits has not been sent. " + CALLS,
     ask(get(id=1, device_window=1), GOOD), ask(get(NAME, id=2, device_window=1), cancelled("no"), after=0),
     ask(cancel(2, id=3), DONE, after=0), rules=["delay=300"], wire=True)
case("ended", "One that has ended is unknown. " + CALLS,
     ask(get(id=1), GOOD), ask(cancel(1, id=2), failed("unknown_request")), wire=True)
case("unknown", "What was never asked. " + CALLS, ask(cancel("never"), failed("unknown_request")), wire=True)
case("another-type", "5 and \"5\" are two ids. " + CALLS,
     ask(get(id=5, timeout_ms=100, retries=0), failed("timeout", sent="maybe")),
     ask(cancel("5"), failed("unknown_request"), after=0), rules=["dead"], wire=True)
case("batch", "In one batch with what it cancels. " + CALLS,
     batch((get(id=1, **LONG), cancelled()), (cancel(1, id=2), DONE)), rules=["dead"], wire=True)
for name, keys in (("absent", {}), ("nil", {"target": None}), ("array", {"target": [1]}),
                   ("negative", {"target": -1}), ("float", {"target": 1.5}),
                   ("too-long", {"target": "x" * 65})):
    case(f"target-{name}", f"What is no id. {CALLS}", ask({"op": "cancel", **keys}, bad()), wire=True)

# --- the examples --------------------------------------------------------------------------------

examples = Feature(26, "example", "The examples of docs/PROTOCOL.md, byte for byte but for their peers")
case = examples.case
EXAMPLE = ["." + NAME + " = Hex-STRING: 6C 61 62", ".1.3.6.1.2.1.1.3.0 = Timeticks: (8640000) 1 day",
           ".1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.8072", ".1.3.6.1.2.1.2.2.1.10.1 = Counter32: 4294967295",
           ".1.3.6.1.2.1.2.2.1.10.2 = Counter32: 1",
           ".1.3.6.1.2.1.1.99.1 = INTEGER: 0"]  # so that it is an instance that is missing
case("get", "A GET and its reply",
     ask({"op": "get", "oids": ["1.3.6.1.2.1.1.3.0", NAME], "id": 7},
         varbinds({"1.3.6.1.2.1.1.3.0": 8640000, NAME: b"lab"})), record=EXAMPLE)
case("list", "List form, with an OID as numbers, an exception and timing",
     ask({"op": "get", "oids": [[1, 3, 6, 1, 2, 1, 1, 2, 0], ".1.3.6.1.2.1.1.99.0"], "form": "list",
          "timing": True, "id": "a"},
         varbinds([["1.3.6.1.2.1.1.2.0", 6, "1.3.6.1.4.1.8072"], ["1.3.6.1.2.1.1.99.0", 129, None]],
                  rtt_us=UINT, tries=Uint(1, 3))), record=EXAMPLE, wire=True)
case("exception", "The same exception in map form",
     ask({"op": "get", "oids": ["1.3.6.1.2.1.1.99.0"], "exceptions": True, "id": 8},
         varbinds({"1.3.6.1.2.1.1.99.0": ExtType(1, b"\x81")})), record=EXAMPLE)
case("walk", "A walk that stops at its limit",
     ask({"op": "walk", "community": "private", "oids": ["1.3.6.1.2.1.2.2.1.10"], "limit": 1, "id": 9},
         varbinds({"1.3.6.1.2.1.2.2.1.10.1": 4294967295}, complete=False, stop="limit",
                  next="1.3.6.1.2.1.2.2.1.10.1")), record=EXAMPLE)
case("set", "A SET by version 3 that nobody answers",
     ask({"op": "set", "user": "admin", "auth_proto": "SHA-256", "auth_pass": "correct horse",
          "priv_proto": "AES", "priv_pass": "battery staple", "set": [["1.3.6.1.2.1.1.6.0", "s", "rack 7"]],
          "id": 10, "timeout_ms": 60, "retries": 0},
         failed("timeout", sent=STR, retryable=Any("bool"))), rules=["dead"])
case("wrong", "A request that is wrong",
     ask({"op": "get", "oids": ["1.3.6.1.2.1.1.3.0", "1.3.x"], "id": 11}, bad(2)))
case("cancellations", "A batch of two cancellations",
     ask(get(id=9, **LONG), cancelled()),
     batch((cancel(9, id=12), DONE), (cancel("x", id=13), failed("unknown_request")), after=0),
     rules=["dead"], wire=True)

FEATURES = [batches, bodies, service, cancels, examples]
