"""Every type that a device can answer with, and every letter that can be set."""
from build import Feature, ask, bad, batch, failed, varbinds
from vectors import Any, Float32

from cases.common import CONTACT, IF_ADMIN, LOCATION, NAME, ROOT, get, setting

LONGEST = "1.3" + ".4294967295" * 126  # 128 sub-identifiers
MANY = [255 - n % 256 for n in range(300)]


def octets(data):
    """Bytes as net-snmp prints them, over lines."""
    parts = [" ".join(f"{byte:02X}" for byte in data[n:n + 16]) for n in range(0, len(data), 16)]
    return "Hex-STRING: " + "\n".join(parts)


def opaque(kind, data):
    return "OPAQUE: " + " ".join(f"{byte:02X}" for byte in bytes([0x9f, kind, len(data)]) + data)


def numbers(word, *values):
    return [(f"{word}: {value}", value) for value in values]


def wrapped(kind, *values):
    """64-bit integers in an Opaque, in the fewest bytes."""
    rows = []
    for value in values:
        size = next(n for n in range(1, 10) if -(1 << 8 * n - 1) <= value < 1 << 8 * n - 1)
        rows.append((opaque(kind, value.to_bytes(size, "big", signed=True)), value))
    return rows


# Feature types: what it shows, tag, and lines of a record with the values that come of them.
TYPES = [
    ("integer", "INTEGER", 2, numbers("INTEGER", 0, 1, 127, 128, 255, 256, 32767, 65535, 65536, 2147483647)),
    ("integer-negative", "Negative INTEGERs", 2,
     numbers("INTEGER", -1, -32, -33, -128, -129, -32768, -32769, -2147483648)),
    ("string", "OCTET STRING of text", 4,
     [("STRING: text", b"text"), ('STRING: "in quotes"', b"in quotes"), ("STRING: \u00e4\u20ac",
                                                                        "\u00e4\u20ac".encode())]),
    ("string-empty", "OCTET STRING of no bytes", 4, [('""', b"")]),
    ("string-binary", "OCTET STRING with NUL and what is no UTF-8", 4,
     [(octets(data), data) for data in (b"\0", b"a\0b", b"\xff\xfe\x80", bytes(range(256)))]),
    ("string-long", "OCTET STRING of 300 bytes", 4, [(octets(bytes(MANY)), bytes(MANY))]),
    ("bits", "BITS are an OCTET STRING", 4, [("BITS: 80 40 first(0) second(9)", b"\x80\x40")]),
    ("null", "NULL", 5, [("NULL", None)]),
    ("oid", "OBJECT IDENTIFIER", 6,
     [(f"OID: .{oid}", oid) for oid in ("0.0", "1.3.6.1", "2.999.4294967295", "1.39.0.1.127.128.16384")]),
    ("oid-longest", "OBJECT IDENTIFIER of 128 sub-identifiers", 6, [(f"OID: .{LONGEST}", LONGEST)]),
    ("ip-address", "IpAddress", 64,
     [(f"IpAddress: {ip}", ip) for ip in ("0.0.0.0", "192.0.2.1", "255.255.255.255")]),
    ("counter32", "Counter32", 65, numbers("Counter32", 0, 1, 2147483648, 4294967295)),
    ("gauge32", "Gauge32", 66, numbers("Gauge32", 0, 65535, 2147483648, 4294967295)),
    ("timeticks", "TimeTicks", 67,
     [(f"Timeticks: ({n}) 0:00:00.00", n) for n in (0, 8640000, 4294967295)]),
    ("opaque", "Opaque of other contents", 68,
     [("OPAQUE: 04 03 61 62 63", b"\x04\x03abc"), ("OPAQUE: 00", b"\0")]),
    ("counter64", "Counter64", 70,
     numbers("Counter64", 0, 4294967296, 9007199254740993, 9223372036854775807)),
    ("counter64-large", "Counter64 beyond 2^63", 70,
     numbers("Counter64", 9223372036854775808, 18446744073709551614, 18446744073709551615)),
    ("opaque-counter64", "Counter64 in an Opaque", 118, wrapped(0x76, 0, 5000000000, 2**63, 2**64 - 1)),
    ("opaque-float", "float in an Opaque", 120,
     [(f"Opaque: Float: {n}", Float32(n)) for n in (0.0, 1.5, -2.25, 0.15625)]),
    ("opaque-double", "double in an Opaque", 121,
     [(f"Opaque: Double: {n}", float(n)) for n in ("0.0", "1.5", "-2.25", "0.1", "1e+300")]),
    ("opaque-int64", "signed 64-bit integer in an Opaque", 122,
     wrapped(0x7a, 0, -1, 5000000000, -2**63, 2**63 - 1)),
    ("opaque-uint64", "unsigned 64-bit integer in an Opaque", 123, wrapped(0x7b, 0, 2**63, 2**64 - 1)),
]

types = Feature(8, "types", "The type of each value, in both forms: Values in replies")
for kind, text, tag, values in TYPES:
    names = [f"{ROOT}.{n}.0" for n in range(1, len(values) + 1)]
    lines = [f".{name} = {line}" for name, (line, _) in zip(names, values)]
    types.case(f"{kind}-map", f"{text} in map form. Values in replies",
               ask(get(*names), varbinds(dict(zip(names, [value for _, value in values])))),
               record=lines)
    types.case(f"{kind}-list", f"{text} in list form, type {tag}. Values in replies",
               ask(get(*names, form="list"),
                   varbinds([[name, tag, value] for name, (_, value) in zip(names, values)])),
               record=lines)
types.case("name-longest", "A name of 128 sub-identifiers. What to do",
           ask(get(LONGEST), varbinds({LONGEST: 7})), record=[f".{LONGEST} = INTEGER: 7"])
types.case("name-longest-array", "The same as an array of numbers. What to do",
           ask(get([int(part) for part in LONGEST.split(".")]), varbinds({LONGEST: 7})),
           record=[f".{LONGEST} = INTEGER: 7"])
types.case("null-exceptions", "NULL stays nil where exceptions are told apart. Values in replies",
           ask(get(f"{ROOT}.1.0", exceptions=True), varbinds({f"{ROOT}.1.0": None})),
           record=[f".{ROOT}.1.0 = NULL"])
types.case("walk", "Values of several types in a walk. Values in replies",
           ask({"op": "walk", "oids": [ROOT], "form": "list"},
               varbinds([[f"{ROOT}.1.0", 2, -5], [f"{ROOT}.2.0", 70, 2**64 - 1],
                         [f"{ROOT}.3.0", 4, b"\0\xff"], [f"{ROOT}.4.0", 120, Float32(1.5)]],
                        complete=True, stop="end_of_view")),
           record=[f".{ROOT}.1.0 = INTEGER: -5", f".{ROOT}.2.0 = Counter64: {2**64 - 1}",
                   f".{ROOT}.3.0 = Hex-STRING: 00 FF", f".{ROOT}.4.0 = Opaque: Float: 1.5"])

# --- SET -----------------------------------------------------------------------------------------

sets = Feature(9, "set", "SET: Values to set")
case = sets.case
STATUS = f"{IF_ADMIN}.2"


def read_back(name, about, letter, value, expected, oid=CONTACT, **keys):
    case(name, f"{about} Values to set",
         ask(setting(oid, letter, value), varbinds({oid: expected})),
         ask(get(oid), varbinds({oid: expected})), **keys)


def refused(name, about, letter, value, **keys):
    """The object takes another type: that the device says so shows what it was sent."""
    case(name, f"{about} Values to set",
         ask(setting(CONTACT, letter, value), failed("wrongType", 1, "yes")), **keys)


read_back("s-str", "s: str.", "s", "text", b"text")
read_back("s-bin", "s: bin, with NUL and what is no UTF-8.", "s", b"\0\xff\x80", b"\0\xff\x80")
read_back("s-empty", "s: no bytes.", "s", "", b"")
read_back("s-utf8", "s: the bytes of a str.", "s", "\u00e4\u20ac", "\u00e4\u20ac".encode())
read_back("s-longest", "s: as much as the object takes.", "s", "x" * 255, b"x" * 255)
read_back("x-bin", "x: bin.", "x", b"\0\xff", b"\0\xff")
read_back("x-text", "x: hexadecimal digits.", "x", "00ff", b"\0\xff")
read_back("x-prefix", "x: 0x in front.", "x", "0x00Ff", b"\0\xff")
read_back("x-separated", "x: blanks, colons and hyphens between bytes.", "x", "00 11:22-33",
          b"\0\x11\x22\x33")
read_back("d-bin", "d: bin.", "d", b"\1\2", b"\1\2")
read_back("d-text", "d: decimal bytes.", "d", "0.1.255", b"\0\1\xff")
read_back("d-separated", "d: with blanks and commas.", "d", "0 1,255", b"\0\1\xff")
read_back("b-bin", "b: bin.", "b", b"\x80\x40", b"\x80\x40")
read_back("b-array", "b: an array of bit numbers.", "b", [0, 9], b"\x80\x40")
read_back("b-text", "b: bit numbers as text.", "b", "0,9", b"\x80\x40")
read_back("b-separated", "b: with blanks and points.", "b", "0 8.9", b"\x80\xc0")
read_back("i-number", "i: a number.", "i", 2, 2, oid=STATUS)
read_back("i-text", "i: decimal.", "i", "2", 2, oid=STATUS)
read_back("i-bin", "i: decimal in a bin, which is text too.", "i", b"2", 2, oid=STATUS)
case("o-array-oid", "The object as an array of numbers. What to do",
     ask(setting([1, 3, 6, 1, 2, 1, 1, 6, 0], "s", "here"), varbinds({LOCATION: b"here"})),
     ask(get(LOCATION), varbinds({LOCATION: b"here"})))

for word, letter, natural, text in (
        ("i", "i", (-2147483648, 2147483647), ("-2147483648", "2147483647")),
        ("u", "u", (0, 4294967295), ("4294967295", b"7")),
        ("c", "c", (0, 4294967295), ("4294967295",)),
        ("t", "t", (0, 4294967295), ("4294967295",)),
        ("counter64", "C", (0, 18446744073709551615), ("18446744073709551615",)),
        ("a", "a", (b"\xc0\0\2\1",), ("192.0.2.1",)),
        ("o", "o", ([1, 3, 6, 1], [2, 999, 4294967295]), ("1.3.6.1", ".1.3.6.1")),
        ("n", "n", (None,), ("", "anything")),
        ("int64", "I", (-2**63, 2**63 - 1), ("-9223372036854775808", "9223372036854775807")),
        ("uint64", "U", (0, 2**64 - 1), ("18446744073709551615",)),
        ("float", "F", (Float32(1.5), 0.1, 7), ("1.5", "-2.5e3")),
        ("double", "D", (0.1, Float32(1.5), -7), ("0.1", "1e300"))):
    for which, given in (("natural", natural), ("text", text)):
        for number, value in enumerate(given, 1):
            refused(f"{word}-{which}-{number}", f"{letter}: {which}.", letter, value)

case("several", "Several settings, done together. What to do",
     ask({"op": "set", "community": "private", "form": "list",
          "set": [[CONTACT, "s", "who"], [STATUS, "i", 2], [LOCATION, "x", "6869"]]},
         varbinds([[CONTACT, 4, b"who"], [STATUS, 2, 2], [LOCATION, 4, b"hi"]])),
     ask(get(CONTACT, STATUS, LOCATION), varbinds({CONTACT: b"who", STATUS: 2, LOCATION: b"hi"})))
case("all-or-nothing", "One that is refused, and nothing is done. Errors",
     ask(setting(CONTACT, "s", "before"), varbinds({CONTACT: b"before"})),
     ask({"op": "set", "community": "private", "set": [[CONTACT, "s", "after"], [STATUS, "i", 99]]},
         failed("wrongValue", 2, "yes")),
     ask(get(CONTACT), varbinds({CONTACT: b"before"})))
case("v1", "SET by version 1. The device",
     ask(setting(CONTACT, "s", "v1", version="1"), varbinds({CONTACT: b"v1"})),
     ask(get(CONTACT, version="1"), varbinds({CONTACT: b"v1"})))
case("v1-counter64", "Version 1 has no Counter64. What to do",
     ask(setting(CONTACT, "C", 1, version="1"), bad(1)))
case("v3", "SET by version 3. The device",
     ask({"op": "set", "user": "sha", "auth_proto": "SHA", "auth_pass": "authpass-sha",
          "set": [[CONTACT, "s", "v3"]]}, varbinds({CONTACT: b"v3"})),
     ask(get(CONTACT), varbinds({CONTACT: b"v3"})))
case("form-list", "In list form. Replies",
     ask(setting(CONTACT, "s", "x", form="list"), varbinds([[CONTACT, 4, b"x"]])))
case("timing", "timing. Replies",
     ask(setting(CONTACT, "s", "x", timing=True),
         varbinds({CONTACT: b"x"}, rtt_us=Any("uint"), tries=Any("uint"))))
case("settings-in-a-batch", "SETs of a batch. Bodies: messages and batches",
     batch((setting(CONTACT, "s", "a"), varbinds({CONTACT: b"a"})),
           (setting(LOCATION, "s", "b"), varbinds({LOCATION: b"b"}))))

# Each with a good setting in front, so that the index tells something.
WRONG = [
    ("letter-unknown", "A letter that is not in the table.", "z", 1),
    ("letter-empty", "No letter.", "", 1),
    ("letter-two", "Two letters.", "ii", 1),
    ("i-too-large", "i: out of range.", "i", 2147483648),
    ("i-too-small", "i: out of range.", "i", -2147483649),
    ("i-text-too-large", "i: text out of range.", "i", "2147483648"),
    ("i-text-wrong", "i: no number.", "i", "five"),
    ("i-text-empty", "i: no digits.", "i", ""),
    ("i-float", "i: a float.", "i", 1.5),
    ("i-bool", "i: a bool.", "i", True),
    ("i-nil", "i: nil.", "i", None),
    ("u-negative", "u: negative.", "u", -1),
    ("u-too-large", "u: out of range.", "u", 4294967296),
    ("c-negative", "c: negative.", "c", -1),
    ("c-too-large", "c: out of range.", "c", 4294967296),
    ("t-negative", "t: negative.", "t", -1),
    ("t-too-large", "t: out of range.", "t", 4294967296),
    ("counter64-negative", "C: negative.", "C", -1),
    ("counter64-text-too-large", "C: text out of range.", "C", "18446744073709551616"),
    ("a-number", "a: a number.", "a", 1),
    ("a-three-bytes", "a: bin of three bytes.", "a", b"\1\2\3"),
    ("a-text-wrong", "a: no address.", "a", "192.0.2.256"),
    ("o-number", "o: a number.", "o", 1),
    ("o-text-wrong", "o: no OID.", "o", "1.3.x"),
    ("o-arc", "o: one arc alone can not be written.", "o", "1"),
    ("s-number", "s: a number.", "s", 1),
    ("s-array", "s: an array.", "s", [1]),
    ("x-odd", "x: half a byte.", "x", "0"),
    ("x-no-digit", "x: no digit.", "x", "0g"),
    ("d-too-large", "d: no byte.", "d", "256"),
    ("b-too-large", "b: beyond 65535.", "b", "65536"),
    ("b-negative", "b: a negative bit number.", "b", [-1]),
    ("b-too-many", "b: more than 1024 bit numbers.", "b", [0] * 1025),
    ("i64-text-too-large", "I: text out of range.", "I", "9223372036854775808"),
    ("i64-too-large", "I: out of range.", "I", 2**63),
    ("u64-negative", "U: negative.", "U", -1),
    ("float-text-wrong", "F: no number.", "F", "one"),
    ("float-bool", "F: a bool.", "F", True),
    ("double-map", "D: a map.", "D", {}),
]
wrong = Feature(10, "set-wrong", "Settings that are wrong: Values to set")
for name, about, letter, value in WRONG:
    wrong.case(name, f"{about} Values to set",
               ask({"op": "set", "community": "private",
                    "set": [[CONTACT, "s", "fine"], [CONTACT, letter, value]]}, bad(2)), untyped=True)
case = wrong.case
case("not-sent", "Nothing of a request that is wrong is sent. Requests",
     ask(setting(CONTACT, "s", "before"), varbinds({CONTACT: b"before"})),
     ask({"op": "set", "community": "private", "set": [[CONTACT, "s", "after"], [CONTACT, "i", "x"]]},
         bad(2)),
     ask(get(CONTACT), varbinds({CONTACT: b"before"})), untyped=True)
case("missing", "set is required. What to do", ask({"op": "set", "community": "private"}, bad()),
     untyped=True)
case("empty", "An array of at least one. What to do", ask({"op": "set", "set": []}, bad()))
case("no-array", "No array. What to do", ask({"op": "set", "set": "x"}, bad()), untyped=True)
case("two-parts", "A setting of two parts. What to do",
     ask({"op": "set", "set": [[CONTACT, "s"]]}, bad(1)), untyped=True)
case("four-parts", "A setting of four parts. What to do",
     ask({"op": "set", "set": [[CONTACT, "s", "x", 1]]}, bad(1)), untyped=True)
case("oid", "What is no OID. What to do",
     ask({"op": "set", "set": [[CONTACT, "s", "x"], ["1.3.x", "s", "x"]]}, bad(2)))
case("one-arc", "An OID of one arc can not be set. What to do",
     ask({"op": "set", "set": [["1", "s", "x"]]}, bad(1)))
case("with-oids", "oids have no place in a SET. What to do",
     ask({"op": "set", "oids": [NAME], "set": [[CONTACT, "s", "x"]]}, bad()), untyped=True)
case("too-many", "More than 1000 settings. Limits",
     ask({"op": "set", "set": [["1.3", "n", None]] * 1001}, failed("too_large", Any("uint"))))

FEATURES = [types, sets, wrong]
