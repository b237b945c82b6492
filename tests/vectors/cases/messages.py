"""Messages: ids, op, must, and every key of a request where it is right and where it is wrong."""
from build import ABSENT, STR, UINT, Feature, ask, bad, failed, pack, raw, varbinds
from msgpack import ExtType
from vectors import May

from cases.common import GOOD, IF_INDEX, INDEXES, NAME, SERVICES, get, walk

PONG = {"pong": True, "protocol": "ZSNMP/1", "version": STR, "uptime_ms": UINT}
# Refused before the operation is looked at.
NO_OPERATION = {"peer": ABSENT}

# --- ids -----------------------------------------------------------------------------------------

ids = Feature(11, "id", "Ids: For every message")
case = ids.case


def with_id(name, about, value):
    case(name, f"{about} For every message", ask(get(id=value), GOOD), wire=True)


for name, value in (("zero", 0), ("127", 127), ("128", 128), ("255", 255), ("256", 256),
                    ("65535", 65535), ("65536", 65536), ("32-bits", 2**32 - 1), ("33-bits", 2**32),
                    ("64-bits", 2**64 - 1)):
    with_id(f"uint-{name}", "An unsigned number.", value)
with_id("str", "A string.", "request one")
with_id("str-empty", "An empty string.", "")
with_id("str-utf8", "A string of other letters.", "\u00e4\u4e16\U0001f600")
with_id("str-longest", "A string of 64 bytes.", "x" * 64)
with_id("str-of-digits", "A string that looks like a number.", "5")
with_id("bin", "bin stays bin.", b"\0\xff\x80")
with_id("bin-empty", "bin of no bytes.", b"")
with_id("bin-longest", "bin of 64 bytes.", b"b" * 64)
case("nil", "nil counts as absent, and nil is given back. For every message",
     ask(get(id=None), GOOD), wire=True)
case("absent", "No id: nil is given back. For every message", ask(get(id=ABSENT), GOOD), wire=True)
case("of-a-refusal", "Refusals have the id too. For every message",
     ask({"op": "nonsense", "id": "mine"}, failed("unsupported", **NO_OPERATION)), wire=True)
for name, value in (("str-too-long", "x" * 65), ("bin-too-long", b"x" * 65), ("negative", -1),
                    ("float", 1.5), ("bool", True), ("array", [1]), ("map", {"a": 1}),
                    ("ext", ExtType(1, b"\x81"))):
    case(f"{name}", "Anything else is bad_request, with id nil. For every message",
         ask(get(id=value), {"id": None, **bad()}), wire=True)
case("wide-uint", "A number that is not in its shortest form comes back in that. Replies",
     raw(b"\x82\xa2id\xcf\0\0\0\0\0\0\0\x07\xa2op\xa7unknown", {"id": 7, **failed("unsupported")}),
     wire=True)
case("wide-str", "A str that is not in its shortest form. Replies",
     raw(b"\x82\xa2id\xdb\0\0\0\x01a\xa2op\xa7unknown", {"id": "a", **failed("unsupported")}), wire=True)
case("same-twice", "Two requests with one id: each gets its reply. For every message",
     ask(get(id=5), GOOD), ask(get(id=5), GOOD, after=0), wire=True)
case("types-differ", "5 as a number, as str and as bin are three ids. Calls to the service itself",
     ask(get(id=5), GOOD), ask(get(id="5"), GOOD, after=0),
     ask(get(id=b"5"), GOOD, after=0), wire=True)

# --- op, must, keys in general -------------------------------------------------------------------

ops = Feature(12, "message", "op, must, and keys in general: Requests")
case = ops.case
for name, value in (("unknown", "frobnicate"), ("empty", ""), ("upper", "GET"), ("long", "x" * 300),
                    ("almost", "getnext")):
    case(f"op-{name}", "An op that there is not. For every message",
         ask(get(op=value), failed("unsupported", **NO_OPERATION)), untyped=True)
case("op-bin", "op as bin. Requests", ask(get(op=b"get"), GOOD), untyped=True)
for name, value in (("absent", ABSENT), ("nil", None), ("number", 1), ("array", ["get"]), ("bool", True)):
    case(f"op-{name}", "op is absent, or no string. For every message",
         ask(get(op=value), {**bad(), **NO_OPERATION}), untyped=True)
case("unknown-key", "Unknown keys are ignored. Requests",
     ask(get(colour="blue", shape={"of": ["it", None]}), GOOD))
case("must-known", "Keys that the service knows. For every message",
     ask(get(must=["oids", "peer", "timeout_ms", "stream"]), GOOD))
case("must-empty", "No keys. For every message", ask(get(must=[]), GOOD))
case("must-bin", "A key as bin. Requests", ask(get(must=[b"oids"]), GOOD), untyped=True)
case("must-unknown", "A key that the service does not know: it is not carried out. For every message",
     ask(get(colour="blue", must=["colour"]), failed("unsupported")))
case("must-among", "One of several is not known. For every message",
     ask(get(must=["oids", "colour"]), failed("unsupported")))
case("must-of-ping", "must of the service's own calls. For every message",
     ask({"op": "ping", "must": ["colour"]}, failed("unsupported")))
for name, value in (("string", "oids"), ("number", 1), ("of-numbers", [1]), ("of-arrays", [["oids"]]),
                    ("map", {"oids": 1})):
    case(f"must-{name}", "must is an array of strings. For every message",
         ask(get(must=value), bad()), untyped=True)
case("profile", "What is not built yet. Not built yet",
     ask(get(profile="lab"), failed("unsupported")))
case("must-profile", "A client can find out. Not built yet",
     ask(get(must=["profile"]), failed("unsupported")))
NILS = dict.fromkeys(
    "must version community user auth_proto auth_pass priv_proto priv_pass auth_key priv_key level "
    "engine_id context context_engine_id set non_repeaters max_repetitions bulk start limit stream form "
    "exceptions timing timeout_ms retries deadline_ms priority device_window device_queue_max "
    "device_interval_ms profile".split())
case("nil", "A key whose value is nil counts as absent. Requests", ask(get(**NILS), GOOD), untyped=True)
case("order", "The order of keys does not count. Requests",
     ask({"form": "map", "oids": [SERVICES], "version": "2c", "op": "get"}, GOOD))
case("pairs", "64 pairs. Requests",
     ask(get(**{f"k{n}": n for n in range(60)}), GOOD), untyped=True)
case("pairs-too-many", "More than 64 pairs. Requests",
     ask(get(**{f"k{n}": n for n in range(61)}), bad()), untyped=True)


def refused_raw(name, about, pairs, reply):
    """Pairs of packed keys and values as a map; the answer has the peer where there is one."""
    data = bytes([0x80 | len(pairs)]) + b"".join(pack(key) + pack(value) for key, value in pairs)
    case(name, f"{about} Requests", raw(data, reply), wire=True)


refused_raw("key-twice", "A key that the service knows must not be there twice.",
            [("id", 1), ("op", "ping"), ("op", "ping")], {"id": 1, **bad()})
refused_raw("key-number", "A key must be a string.", [("id", 1), ("op", "ping"), (5, 5)],
            {"id": 1, **bad()})
refused_raw("key-nil", "A key must be a string.", [("id", 1), ("op", "ping"), (None, 5)],
            {"id": 1, **bad()})
refused_raw("key-bin", "A key as bin is a string.", [("id", 1), (b"op", "unknown")],
            {"id": 1, **failed("unsupported")})
refused_raw("unknown-key-twice", "Keys that the service does not know may be there twice.",
            [("id", 1), ("op", "ping"), ("colour", 1), ("colour", 2)], {"id": 1, **PONG})

# --- what each key takes -------------------------------------------------------------------------

takes = Feature(13, "takes", "What each key takes: For SNMP operations")
case = takes.case
DEVICE = "For SNMP operations: the device"
TIME = "For SNMP operations: time"
MUCH = "For SNMP operations: how much a device is asked"
for key, heading, values in (
        ("timeout_ms", TIME, (1000, 600000)), ("retries", TIME, (0, 100)),
        ("deadline_ms", TIME, (0, 10000, 86400000)), ("priority", TIME, range(8)),
        ("device_window", MUCH, (0, 1, 100000)), ("device_queue_max", MUCH, (0, 1000000)),
        ("device_interval_ms", MUCH, (0, 1, 50)),
        ("version", DEVICE, ("2c", "2", 2, b"2c", "1", 1)),
        ("community", DEVICE, ("public", b"public", "private")),
        ("form", "What to do", (b"map",)),
        ("non_repeaters", "What to do", (0, 65535)), ("max_repetitions", "What to do", (0, 65535)),
        ("limit", "What to do", (0, 4294967295)), ("bulk", "What to do", (True, False)),
        ("context", DEVICE, ("any", b"\0\xff", "x" * 255, "")),
        ("engine_id", DEVICE, (b"\x80\0\0\0\1", b"\x80" * 32, "8000000001"))):
    for number, value in enumerate(values):
        case(f"{key.replace('_', '-')}-{number}", f"{key}, within its range. {heading}",
             ask(get(**{key: value}), GOOD),
             untyped=not isinstance(value, str) and key in ("version", "form"))
case("other-version", "Keys of version 3 with an explicit 2c are checked, and then ignored. " + DEVICE,
     ask(get(version="2c", user="sha", auth_proto="SHA", auth_pass="authpass-sha", context="other"), GOOD))
case("other-version-wrong", "Checked they are. " + DEVICE,
     ask(get(version="2c", user="x" * 33), bad()))
case("community-of-3", "A community with version 3. " + DEVICE,
     ask(get(version=3, user="noauth", community="elsewhere"), GOOD))
case("interval-of-a-walk", "Each packet of a walk keeps so far from the one before it. " + MUCH,
     ask(walk(max_repetitions=1, device_interval_ms=5),
         varbinds(INDEXES, complete=True, stop="out_of_tree")))

wrong = Feature(14, "wrong", "What is wrong with keys: Requests")
case = wrong.case
TEXT = ("a-number", 5), ("an-array", ["x"]), ("a-map", {"x": 1}), ("a-bool", True)
NUMBER = ("negative", -1), ("a-float", 1.0), ("a-string", "5"), ("an-array", [5]), ("a-bool", True)
FLAG = ("a-number", 1), ("a-string", "true"), ("an-array", [])
OF_3 = {"version": "3", "user": "someone"}
SHA = {**OF_3, "auth_proto": "SHA"}
WRONG = {  # key: other keys of the request, wrong types, values out of range
    "peer": ({}, TEXT, [("empty", ""), ("too-long", "x" * 281), ("blank", "127.0.0.1 "),
                        ("no-ascii", "\u00e4")]),
    "version": ({}, [("a-float", 2.0), ("an-array", ["1"]), ("a-bool", True)],
                [("four", "4"), ("zero", 0), ("number", 4), ("v2c", "v2c"), ("empty", "")]),
    "community": ({}, TEXT, [("too-long", "x" * 256)]),
    "user": ({"version": "3"}, TEXT, [("empty", ""), ("too-long", "x" * 33), ("absent", ABSENT)]),
    "auth_proto": ({**OF_3, "auth_pass": "long enough"}, TEXT, [("unknown", "ROT13"), ("absent", ABSENT)]),
    "auth_pass": (SHA, TEXT, [("too-short", "7 bytes"), ("too-long", "x" * 256), ("absent", ABSENT)]),
    "auth_key": (SHA, TEXT, [("too-short", b"x" * 15), ("too-long", b"x" * 65), ("of-md5", b"x" * 16),
                             ("no-hex", "not hex"), ("odd-hex", "0" * 39)]),
    "priv_proto": ({**SHA, "auth_pass": "long enough", "priv_pass": "long enough"}, TEXT,
                   [("unknown", "3DES"), ("absent", ABSENT)]),
    "priv_pass": ({**SHA, "auth_pass": "long enough", "priv_proto": "AES"}, TEXT,
                  [("too-short", "7 bytes"), ("too-long", "x" * 256), ("absent", ABSENT)]),
    "priv_key": ({**SHA, "auth_pass": "long enough", "priv_proto": "AES-256"}, TEXT,
                 [("too-short", b"x" * 24), ("too-long", b"x" * 65), ("no-hex", "zz" * 32)]),
    "level": (OF_3, TEXT, [("unknown", "very safe"), ("beyond", "authNoPriv"), ("far-beyond", "authPriv")]),
    "engine_id": (OF_3, TEXT, [("too-short", b"x" * 4), ("too-long", b"x" * 33), ("no-hex", "not hex")]),
    "context": (OF_3, TEXT, [("too-long", "x" * 256)]),
    "context_engine_id": (OF_3, TEXT, [("too-short", b"x" * 4), ("too-long", b"x" * 33),
                                       ("no-hex", "xyz")]),
    "oids": ({}, [("a-string", SERVICES), ("a-number", 5), ("a-map", {})],
             [("empty", []), ("absent", ABSENT)]),
    "non_repeaters": ({}, NUMBER, [("too-large", 65536)]),
    "max_repetitions": ({}, NUMBER, [("too-large", 65536)]),
    "bulk": ({}, FLAG, []),
    "limit": ({}, NUMBER, [("too-large", 2**32)]),
    "stream": ({"op": "walk"}, NUMBER, [("too-large", 2**32)]),
    "form": ({}, TEXT, [("unknown", "table"), ("empty", "")]),
    "exceptions": ({}, FLAG, []),
    "timing": ({}, FLAG, []),
    "timeout_ms": ({}, NUMBER, [("zero", 0), ("too-large", 600001)]),
    "retries": ({}, NUMBER, [("too-large", 101), ("huge", 2**64 - 1)]),
    "deadline_ms": ({}, NUMBER, [("too-large", 86400001)]),
    "priority": ({}, NUMBER, [("too-large", 8)]),
    "device_window": ({}, NUMBER, []),
    "device_queue_max": ({}, NUMBER, []),
    "device_interval_ms": ({}, NUMBER, [("too-large", 10001)]),
}
# A typed interface has no such choice, or takes bytes where these are digits.
UNSAYABLE = ("unknown", "empty", "absent", "v2c", "four", "no-hex", "odd-hex")
for key, (others, odd, out) in WRONG.items():
    name = key.replace("_", "-")
    for kind, (what, value) in [(True, one) for one in odd] + [(False, one) for one in out]:
        unsaid = {"peer": ABSENT} if key == "peer" else {}
        about = "another type" if kind else "out of range, or missing"
        case(f"{name}-{what}", f"{key}: {about}. Requests",
             ask(get(**{**others, key: value}), {**bad(UINT if key == "oids" else 0), **unsaid}),
             untyped=kind or isinstance(value, int) or what in UNSAYABLE)
case("start-a-number", "start: another type. What to do", ask(walk(start=5), bad(UINT)), untyped=True)
case("start-no-oid", "start: no OID. What to do", ask(walk(start="1.3.x"), bad(UINT)))
case("start-of-a-get", "start: only walks have one. What to do",
     ask(get(start=SERVICES), bad(UINT)), untyped=True)
case("auth-pass-and-key", "One of the two for each. " + DEVICE,
     ask(get(**SHA, auth_pass="long enough", auth_key=b"x" * 20), bad()))
case("priv-pass-and-key", "One of the two for each. " + DEVICE,
     ask(get(**SHA, auth_pass="long enough", priv_proto="AES", priv_pass="long enough",
             priv_key=b"x" * 16), bad()))
case("priv-without-auth", "Privacy without authentication. " + DEVICE,
     ask(get(**OF_3, priv_proto="AES", priv_pass="long enough"), bad()))
case("unused-key", "A key that the operation makes no use of is checked too. Requests",
     ask({"op": "set", "set": [[NAME, "s", "x"]], "max_repetitions": -1}, bad()), untyped=True)

# --- OIDs ----------------------------------------------------------------------------------------

oids = Feature(15, "oid", "OIDs: What to do")
case = oids.case
for name, value in (
        ("empty", ""), ("dot", "."), ("two-dots", "1..3"), ("dot-behind", "1.3."), ("letter", "1.3.x"),
        ("negative", "1.3.-1"), ("too-large", "1.3.4294967296"), ("far-too-large", "1.3." + "9" * 30),
        ("first-arc", "3.1.1"), ("second-arc", "1.40.1"), ("blank", "1.3 .6"), ("two-dots-first", "..1.3"),
        ("name", "sysDescr.0"), ("one-arc", "1"), ("too-long", "1.3" + ".1" * 127),
        ("array-empty", []), ("array-too-large", [1, 3, 2**32]), ("array-first-arc", [3, 1]),
        ("array-second-arc", [0, 40]), ("array-one-arc", [1]), ("array-too-long", [1, 3] + [1] * 127)):
    case(name, "No OID, or none that can be read: index tells which. What to do",
         ask(get(SERVICES, value), bad(2)), untyped=isinstance(value, list))
for name, value in (("array-negative", [1, 3, -1]), ("array-of-strings", [1, "3"]),
                    ("array-of-floats", [1, 3.0]), ("nil", None), ("number", 5), ("map", {}),
                    ("bool", True), ("nested", [[1, 3]]), ("bytes", b"\x2b\6\1")):
    case(name, "Another type. What to do", ask(get(SERVICES, value), bad(2)), untyped=True)
case("root-wrong", "A root that is none. What to do", ask(walk(IF_INDEX, "1.3.x"), bad(2)))
case("largest-sub-identifier", "Sub-identifiers of 2^32-1. What to do",
     ask(get("1.3.4294967295"), varbinds({"1.3.4294967295": None})))
case("second-arc-of-2", "The second is at most 39 below 0 and 1 only. What to do",
     ask(get("2.999.3"), varbinds({"2.999.3": None})))
case("too-many", "More than 1000. Limits",
     ask(get(*["1.3"] * 1001), failed("too_large", UINT)))
case("thousand", "1000 of them. What to do",
     ask(get(*[f"1.3.{n}" for n in range(1000)]),
         varbinds({f"1.3.{n}": None for n in range(1000)}, quirks=May(["too_big"]))))

FEATURES = [ids, ops, takes, wrong, oids]
