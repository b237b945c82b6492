"""Walks: how they go, in parts, of several roots, and every way in which they end."""
from build import Feature, ask, bad, batch, failed, varbinds
from msgpack import ExtType
from vectors import Any, May, Uint

from cases.common import (DESCRS, FIRST_THREE, IF_DESCR, IF_INDEX, IF_TYPE, INDEXES, ROOT, ROWS, TYPES,
                          column, record, rows, walk)

OUT = {"complete": True, "stop": "out_of_tree"}
END = {"complete": True, "stop": "end_of_view"}
COLUMN = varbinds(INDEXES, **OUT)


def cut(stop, rows_seen, after, **more):
    """A walk that is not complete."""
    return varbinds(rows_seen, complete=False, stop=stop, next=after, **more)


# --- one root ------------------------------------------------------------------------------------

walks = Feature(4, "walk", "WALK: Walks")
case = walks.case
case("column", "A column, with something behind it. Walks", ask(walk(), COLUMN))
case("list", "In list form. Replies",
     ask(walk(form="list"), varbinds([[oid, 2, n] for oid, n in INDEXES.items()], **OUT)))
case("leading-dot", "The root with a leading dot. What to do", ask(walk("." + IF_INDEX), COLUMN))
case("array-root", "The root as an array. What to do",
     ask(walk([1, 3, 6, 1, 2, 1, 2, 2, 1, 1]), COLUMN))
case("to-the-end", "Nothing behind it. Walks",
     ask(walk(ROWS), varbinds(rows(5), **END)), record=column(5))
case("many-packets", "More rows than one packet holds. Walks",
     ask(walk(ROWS), varbinds(rows(200), **OUT)), record=record(200))
case("one-arc", "An OID of one arc can be walked. What to do",
     ask(walk("1"), varbinds({**rows(2), f"{ROOT}.2.0": 0}, **END)), record=record(2))
case("empty", "A root with nothing below it. Walks",
     ask(walk(f"{ROOT}.1.5"), varbinds({}, **OUT)), record=record(3))
case("beyond", "A root behind everything. Walks",
     ask(walk(f"{ROOT}.9"), varbinds({}, **END)), record=record(3))
case("timing", "The packets of all of it. Replies",
     ask(walk(timing=True), {**COLUMN, "rtt_us": Any("uint"), "tries": Uint(1, 5)}))
case("max-repetitions", "Rows in one packet. What to do",
     ask(walk(ROWS, max_repetitions=3), varbinds(rows(10), **OUT)), record=record(10))
case("max-repetitions-largest", "The largest number of rows. What to do",
     ask(walk(max_repetitions=65535), COLUMN))
case("without-bulk", "With GETNEXT. Walks", ask(walk(bulk=False), COLUMN))
case("without-getbulk", "With GETNEXT a device that does not answer GETBULK is no trouble. Walks",
     ask(walk(bulk=False), COLUMN), rules=["silent=getbulk"])
case("with-bulk", "bulk true is the default. What to do", ask(walk(bulk=True), COLUMN))
case("v1", "Version 1 walks with GETNEXT. Walks", ask(walk(version="1"), COLUMN))
case("v1-bulk", "Version 1 does so with bulk true as well. What to do",
     ask(walk(version=1, bulk=True), COLUMN))
case("v1-end", "Version 1 says noSuchName at the end. Walks",
     ask(walk(ROWS, version="1"), varbinds(rows(3), **END)), record=column(3))
case("limit", "So many rows. Walks",
     ask(walk(limit=3), cut("limit", FIRST_THREE, f"{IF_INDEX}.3")))
case("limit-zero", "limit 0 is none. What to do", ask(walk(limit=0), COLUMN))
case("limit-beyond", "A limit that is not reached. What to do",
     ask(walk(limit=4294967295), COLUMN))
case("start", "Behind a row. What to do",
     ask(walk(start=f"{IF_INDEX}.2"),
         varbinds({f"{IF_INDEX}.3": 3, f"{IF_INDEX}.4": 4}, **OUT)))
case("start-array", "start as an array of numbers. What to do",
     ask(walk(start=[1, 3, 6, 1, 2, 1, 2, 2, 1, 1, 3]), varbinds({f"{IF_INDEX}.4": 4}, **OUT)))
case("start-root", "start at the root. What to do", ask(walk(start=IF_INDEX), COLUMN))
case("start-of-nothing", "start need not exist. What to do",
     ask(walk(start=f"{IF_INDEX}.2.5"), varbinds({f"{IF_INDEX}.3": 3, f"{IF_INDEX}.4": 4}, **OUT)))
case("start-outside", "start has to lie at or below the root. What to do",
     ask(walk(start=f"{IF_DESCR}.1"), bad()))
case("in-pieces", "Cut off by its limit, and gone on with next. Walks",
     ask(walk(limit=3), cut("limit", FIRST_THREE, f"{IF_INDEX}.3")),
     ask(walk(limit=3, start=f"{IF_INDEX}.3"), varbinds({f"{IF_INDEX}.4": 4}, **OUT)))
case("limit-at-the-end", "A limit that the last row reaches. Walks",
     ask(walk(ROWS, limit=3), cut("limit", rows(3), f"{ROWS}.3")), record=column(3))

# --- parts ---------------------------------------------------------------------------------------

streams = Feature(5, "stream", "Walks in parts: Walks")
case = streams.case
case("even", "Parts of two rows; the reply has none left. Walks",
     ask(walk(stream=2), varbinds(dict(list(INDEXES.items())[:2]), more=True),
         varbinds(dict(list(INDEXES.items())[2:]), more=True), varbinds({}, more=False, **OUT)))
case("odd", "The rows that are left come with the reply. Walks",
     ask(walk(ROWS, stream=2), varbinds(rows(2), more=True), varbinds(rows(2, 3), more=True),
         varbinds(rows(1, 5), more=False, **OUT)), record=record(5))
case("of-one", "Parts of one row. Walks",
     ask(walk(ROWS, stream=1), *[varbinds(rows(1, n), more=True) for n in (1, 2, 3)],
         varbinds({}, more=False, **OUT)), record=record(3))
case("larger-than-all", "One part would hold all of it: there is only the reply. Walks",
     ask(walk(stream=4294967295), {**COLUMN, "more": False}))
case("zero", "stream 0: no parts, and no more. What to do", ask(walk(stream=0), COLUMN))
case("list", "Parts in list form. Walks",
     ask(walk(ROWS, stream=2, form="list"),
         varbinds([[f"{ROWS}.1", 2, 1], [f"{ROWS}.2", 2, 2]], more=True),
         varbinds([[f"{ROWS}.3", 2, 3]], more=False, **OUT)), record=record(3))
case("limit", "limit counts the rows of all parts. Walks",
     ask(walk(ROWS, stream=2, limit=3), varbinds(rows(2), more=True),
         cut("limit", rows(1, 3), f"{ROWS}.3", more=False)), record=record(5))
case("many", "Many parts, more than are on their way at a time. Walks",
     ask(walk(ROWS, stream=10), *[varbinds(rows(10, n), more=True) for n in range(1, 191, 10)],
         varbinds(rows(5, 191), more=False, **OUT)), record=record(195))
case("v1", "Parts by version 1. Walks",
     ask(walk(ROWS, stream=2, version="1"), varbinds(rows(2), more=True),
         varbinds(rows(1, 3), more=False, **END)), record=column(3))
case("nothing", "A walk of nothing: a reply alone. Walks",
     ask(walk(f"{ROOT}.7", stream=2), varbinds({}, more=False, **END)), record=record(1))
case("timing", "timing comes with the reply. Replies",
     ask(walk(ROWS, stream=2, timing=True), varbinds(rows(2), more=True),
         varbinds(rows(1, 3), more=False, **OUT, rtt_us=Any("uint"), tries=Uint(1, 5))),
     record=record(3))
case("error", "Parts come before the error. Walks",
     ask(walk(ROWS, stream=1), varbinds(rows(1), more=True), varbinds(rows(1, 2), more=True),
         failed("genErr", 0, "yes", varbinds=May({}), more=False, complete=False,
                stop="device_error", next=f"{ROWS}.2")),
     record=record(5), rules=["walk=stop:2"])
case("start", "Parts from a row on. Walks",
     ask(walk(stream=1, start=f"{IF_INDEX}.3"), varbinds({f"{IF_INDEX}.4": 4}, more=True),
         varbinds({}, more=False, **OUT)))
case("of-a-get", "Only walks come in parts. What to do",
     ask({"op": "get", "oids": [f"{IF_INDEX}.1"], "stream": 2}, bad()), untyped=True)
case("with-a-delimiter", "A batch with a delimiter is answered by one body: there are no parts. Walks",
     batch((walk(stream=2), bad()), delimiter=True), wire=True, bodies=1)

# --- several roots -------------------------------------------------------------------------------

roots = Feature(6, "roots", "Walks of several roots: Walks")
case = roots.case
case("two", "Their rows in the order of the roots. Walks",
     ask(walk(IF_INDEX, IF_TYPE, form="list"),
         varbinds([[oid, 2, n] for oid, n in {**INDEXES, **TYPES}.items()], **OUT)))
case("backwards", "The order of the roots counts, not that of the device. Walks",
     ask(walk(IF_TYPE, IF_INDEX, form="list"),
         varbinds([[oid, 2, n] for oid, n in {**TYPES, **INDEXES}.items()], **OUT)))
case("three", "Map form. Walks",
     ask(walk(IF_INDEX, IF_TYPE, IF_DESCR), varbinds({**INDEXES, **TYPES, **DESCRS}, **OUT)))
case("one-empty", "One of them has nothing. Walks",
     ask(walk(ROWS, f"{ROOT}.1.2"), varbinds(rows(3), **OUT)), record=record(3))
case("v1", "By version 1. Walks",
     ask(walk(IF_INDEX, IF_TYPE, version="1"), varbinds({**INDEXES, **TYPES}, **OUT)))
case("limit", "With limit one after the other; next has one for each. Walks",
     ask(walk(IF_INDEX, IF_TYPE, limit=3), cut("limit", FIRST_THREE, [f"{IF_INDEX}.3", IF_TYPE])))
case("limit-in-the-second", "Of the first nothing is left. Replies",
     ask(walk(IF_INDEX, IF_TYPE, limit=5),
         cut("limit", {**INDEXES, f"{IF_TYPE}.1": 24}, [None, f"{IF_TYPE}.1"])))
case("start", "start is an array, nil where nothing is left. What to do",
     ask(walk(IF_INDEX, IF_TYPE, start=[None, f"{IF_TYPE}.2"]),
         varbinds({f"{IF_TYPE}.3": 6, f"{IF_TYPE}.4": 6}, **OUT)))
case("start-each", "A start for each. What to do",
     ask(walk(IF_INDEX, IF_TYPE, start=[f"{IF_INDEX}.3", f"{IF_TYPE}.3"]),
         varbinds({f"{IF_INDEX}.4": 4, f"{IF_TYPE}.4": 6}, **OUT)))
case("start-arrays", "OIDs in start as arrays. What to do",
     ask(walk(IF_INDEX, IF_TYPE, start=[[1, 3, 6, 1, 2, 1, 2, 2, 1, 1, 3], None]),
         varbinds({f"{IF_INDEX}.4": 4}, **OUT)))
case("start-too-few", "As many starts as roots. What to do",
     ask(walk(IF_INDEX, IF_TYPE, start=[f"{IF_INDEX}.1"]), bad(Any("uint"))), untyped=True)
case("start-outside", "Each at or below its root. What to do",
     ask(walk(IF_INDEX, IF_TYPE, start=[None, f"{IF_INDEX}.1"]), bad(Any("uint"))))
case("stream", "With stream one after the other. Walks",
     ask(walk(IF_INDEX, IF_TYPE, stream=3, form="list"),
         varbinds([[f"{IF_INDEX}.{n}", 2, n] for n in (1, 2, 3)], more=True),
         varbinds([[f"{IF_INDEX}.4", 2, 4], [f"{IF_TYPE}.1", 2, 24], [f"{IF_TYPE}.2", 2, 6]], more=True),
         varbinds([[f"{IF_TYPE}.3", 2, 6], [f"{IF_TYPE}.4", 2, 6]], more=False, **OUT)))
case("error", "A root that fails does not end the others; index tells which. Walks",
     ask(walk(f"{ROOT}.2", ROWS),
         failed("genErr", 2, "yes", varbinds={f"{ROOT}.2.0": 0, **rows(2)}, complete=False,
                stop="device_error", next=[None, f"{ROWS}.2"])),
     record=record(5), rules=["walk=stop:2"])

# --- how they end --------------------------------------------------------------------------------

stops = Feature(7, "stop", "How walks end: Walks, Quirks")
case = stops.case
QUICK = {"timeout_ms": 60, "retries": 0}


def wrong(name, kind, expected, about, **keys):
    case(name, f"{about} Walks", ask(walk(ROWS, **keys), expected), record=record(5), rules=[kind])


def two(stop, **more):
    return cut(stop, rows(2), f"{ROWS}.2", **more)


wrong("loop", "walk=same:2", two("loop", quirks=["loop"]), "The last name again.")
wrong("non-increasing", "walk=loop:2", two("non_increasing", quirks=["non_increasing"]),
      "A step back to the first row.")
wrong("decrease", "walk=decrease:2", two("non_increasing", quirks=["non_increasing"]),
      "One name is smaller.")
wrong("out-of-tree", "walk=out-of-tree:2", varbinds(rows(2), **OUT),
      "A name of another tree, behind which the walk would come back.")
wrong("device-error", "walk=stop:2",
      failed("genErr", 0, "yes", varbinds=rows(2), complete=False, stop="device_error",
             next=f"{ROWS}.2"), "genErr for what is behind row 2.")
wrong("early-end", "walk=early-end:2", varbinds(rows(2), **END), "endOfMibView in the middle.")
wrong("timeout", "walk=silent:2",
      failed("timeout", 0, "yes", varbinds=rows(2), complete=False, stop="timeout",
             next=f"{ROWS}.2"), "Behind row 2 nothing is answered.", bulk=False, timeout_ms=200, retries=0)
wrong("deadline", "walk=silent:2",
      failed("deadline", 0, "yes", varbinds=rows(2), complete=False, stop="deadline",
             next=f"{ROWS}.2"), "deadline_ms is over.", bulk=False, deadline_ms=300)
wrong("v1-error", "walk=stop:2", varbinds(rows(2), **END),
      "Version 1 cannot tell an error from the end: noSuchName.", version="1")
wrong("endless", "walk=endless:2",
      cut("limit", {**rows(2), **{f"{ROWS}.2.{n}": Any("any") for n in range(1, 9)}}, f"{ROWS}.2.8"),
      "A column that never ends has the bound that was asked for.", limit=10)
wrong("swap", "walk=swap:2",
      cut("non_increasing", {f"{ROWS}.1": 1, f"{ROWS}.3": 3}, f"{ROWS}.3", quirks=["non_increasing"]),
      "Two rows in the wrong order.")
wrong("exceptions", "walk=exceptions:3",
      varbinds([*[[f"{ROWS}.{n}", 2, n] for n in (1, 2, 3)], *[[f"{ROWS}.{n}", 129, None]
                                                            for n in (4, 5)]],
               **OUT, quirks=["exception"]), "Rows without a value are given out as such.", form="list")
wrong("exceptions-map", "walk=exceptions:4",
      varbinds({**rows(4), f"{ROWS}.5": ExtType(1, b"\x81")}, **OUT, quirks=["exception"]),
      "The same in map form.", exceptions=True)
case("no-such-name", "noSuchName at the end in version 2c ends the walk, and is a quirk. Walks",
     ask(walk(ROWS), varbinds(rows(3), **END, quirks=["no_such_name"])), record=column(3),
     rules=["walk=no-end"])
case("too-big", "Not even one row fits. What was found is remembered: the quirk comes once. Walks",
     ask(walk(), failed("tooBig", 0, "yes", complete=False, stop="too_big", next=IF_INDEX,
                        quirks=May(["too_big"]))), rules=["error=tooBig"])
case("nothing-answered", "A device that is dead. Walks",
     ask(walk(**QUICK), failed("timeout", 0, "maybe", complete=False, stop="timeout",
                               next=IF_INDEX)), rules=["dead"])
case("error-at-once", "An error for the first packet. Walks",
     ask(walk(), failed("authorizationError", 0, "yes", complete=False, stop="device_error",
                        next=IF_INDEX)), rules=["error=authorizationError:1"])
case("deadline-at-once", "The deadline passes before anything is answered. Walks",
     ask(walk(deadline_ms=150), failed("deadline", 0, "maybe", complete=False, stop="deadline",
                                      next=IF_INDEX)), rules=["delay=500"])

FEATURES = [walks, streams, roots, stops]
