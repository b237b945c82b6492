"""GET, GETNEXT and GETBULK, and the keys that say how their replies come."""
from build import ABSENT, UINT, Feature, ask, bad, failed, varbinds
from msgpack import ExtType
from vectors import Any, May, Uint

from cases.common import (DESCR, FIRST_THREE, GOOD, IF_DESCR, IF_INDEX, IF_NUMBER, INDEXES, MISSING,
                          NAME, NO_ROW, ROOT, ROWS, SERVICES, column, get, record, rows)

# --- GET -----------------------------------------------------------------------------------------

gets = Feature(1, "get", "GET: Requests, Replies")
case = gets.case
case("one", "One name. What to do", ask(get(NAME), varbinds({NAME: b"sim-127-20-1-1"})))
case("several", "Several names, answered in their order. What to do",
     ask(get(NAME, DESCR, SERVICES, form="list"),
         varbinds([[NAME, 4, b"sim-127-20-1-2"], [DESCR, 4, b"zsnmp simulated agent 127.20.1.2"],
                   [SERVICES, 2, 72]])))
case("same-name-twice", "A name twice in list form: nothing is left out. Replies",
     ask(get(SERVICES, NAME, SERVICES, form="list"),
         varbinds([[SERVICES, 2, 72], [NAME, 4, b"sim-127-20-1-3"], [SERVICES, 2, 72]])))
case("leading-dot", "A leading dot is allowed, and is not in the reply. What to do",
     ask(get("." + SERVICES), GOOD))
case("array-oid", "An OID as an array of numbers. What to do",
     ask(get([1, 3, 6, 1, 2, 1, 1, 7, 0]), GOOD))
case("bin-oid", "An OID as bin: str and bin mean the same. Requests", ask(get(SERVICES.encode()), GOOD),
     untyped=True)
case("no-such-object", "An object that is not there is nil in map form. Values in replies",
     ask(get(SERVICES, MISSING), varbinds({SERVICES: 72, MISSING: None})))
case("no-such-instance", "An instance that is not there is nil in map form. Values in replies",
     ask(get(NO_ROW), varbinds({NO_ROW: None})))
case("exceptions-map", "Exceptions told apart in map form. Values in replies",
     ask(get(SERVICES, MISSING, NO_ROW, exceptions=True),
         varbinds({SERVICES: 72, MISSING: ExtType(1, b"\x80"), NO_ROW: ExtType(1, b"\x81")})))
case("exceptions-off", "exceptions false is the default. What to do",
     ask(get(MISSING, exceptions=False), varbinds({MISSING: None})))
case("exceptions-list", "In list form the type stands beside nil. Values in replies",
     ask(get(MISSING, NO_ROW, form="list"), varbinds([[MISSING, 128, None], [NO_ROW, 129, None]])))
case("exceptions-list-too", "exceptions changes nothing in list form. Values in replies",
     ask(get(MISSING, form="list", exceptions=True), varbinds([[MISSING, 128, None]])))
case("form-map", "Map form, which is the default. What to do", ask(get(form="map"), GOOD))
case("timing", "The last round trip and the packets sent. Replies",
     ask(get(timing=True), {**GOOD, "rtt_us": Any("uint"), "tries": Uint(1, 3)}))
case("timing-off", "timing false is the default. What to do", ask(get(timing=False), GOOD))
case("timing-of-failure", "timing of what was not answered: no round trip. Replies",
     ask(get(timing=True, timeout_ms=50, retries=1),
         failed("timeout", sent="maybe", rtt_us=0, tries=2)), rules=["dead"])
case("many", "More names than fit into one message: asked for in several, quirks tell. "
     "What does not fit, and what is missing",
     ask(get(*[f"{ROWS}.{n}" for n in range(1, 101)]),
         varbinds(rows(100), quirks=May(["too_big"]))), record=record(100))
case("v1", "GET by version 1. The device", ask(get(version="1"), GOOD))
case("v1-missing", "Version 1: what is missing is given as noSuchInstance. "
     "What does not fit, and what is missing",
     ask(get(SERVICES, MISSING, form="list", version="1"),
         varbinds([[SERVICES, 2, 72], [MISSING, 129, None]])))
case("v1-missing-map", "The same in map form with exceptions. What does not fit, and what is missing",
     ask(get(MISSING, SERVICES, exceptions=True, version="1"),
         varbinds({MISSING: ExtType(1, b"\x81"), SERVICES: 72})))
case("v1-all-missing", "Version 1: none of the names is there. What does not fit, and what is missing",
     ask(get(MISSING, version="1"), failed("noSuchName", 1, "yes")))
case("with-set", "set has no place in a GET. What to do",
     ask(get(set=[[NAME, "s", "x"]]), bad(UINT)), untyped=True)

# --- GETNEXT -------------------------------------------------------------------------------------

nexts = Feature(2, "get-next", "GETNEXT: Requests, Values in replies")
case = nexts.case


def get_next(*oids, **keys):
    return get(*oids, **{**keys, "op": "get_next"})


case("one", "What follows a name. What to do", ask(get_next(IF_INDEX), varbinds({f"{IF_INDEX}.1": 1})))
case("several", "What follows each of several. What to do",
     ask(get_next(f"{IF_INDEX}.4", "1.3.6.1.2.1.1.6.0", form="list"),
         varbinds([[f"{IF_DESCR}.1", 4, b"lo"], [SERVICES, 2, 72]])))
case("one-arc", "An OID of one arc can be stepped over. What to do",
     ask(get_next("1"), varbinds({ROWS + ".1": 1})), record=record(1))
case("end", "Behind everything: endOfMibView, with the name as asked. Values in replies",
     ask(get_next(f"{ROOT}.9", form="list"), varbinds([[f"{ROOT}.9", 130, None]])), record=record(2))
case("end-map", "The same in map form. Values in replies",
     ask(get_next(f"{ROOT}.9"), varbinds({f"{ROOT}.9": None})), record=record(2))
case("end-exceptions", "The same in map form with exceptions. Values in replies",
     ask(get_next(f"{ROOT}.9", exceptions=True), varbinds({f"{ROOT}.9": ExtType(1, b"\x82")})),
     record=record(2))
case("v1", "GETNEXT by version 1. The device",
     ask(get_next(f"{ROWS}.1", version=1), varbinds({f"{ROWS}.2": 2})), record=record(2))
case("v1-end", "Version 1: a name with nothing behind it is given as endOfMibView. "
     "What does not fit, and what is missing",
     ask(get_next(f"{ROWS}.1", f"{ROOT}.9", version=1, form="list"),
         varbinds([[f"{ROWS}.2", 2, 2], [f"{ROOT}.9", 130, None]])), record=record(2))
case("many", "More names than fit into one message. What does not fit, and what is missing",
     ask(get_next(*[f"{ROWS}.{n}" for n in range(1, 100)]),
         varbinds(rows(99, 2), quirks=May(["too_big"]))), record=record(100))

# --- GETBULK -------------------------------------------------------------------------------------

bulks = Feature(3, "get-bulk", "GETBULK: Requests")
case = bulks.case


def get_bulk(*oids, **keys):
    return get(*oids, **{**keys, "op": "get_bulk"})


case("repetitions", "Three rows. What to do",
     ask(get_bulk(IF_INDEX, max_repetitions=3), varbinds(FIRST_THREE)))
case("default", "No max_repetitions means 10. What to do",
     ask(get_bulk(ROWS), varbinds(rows(10))), record=record(12))
case("zero", "max_repetitions 0 means 10 as well. What to do",
     ask(get_bulk(ROWS, max_repetitions=0), varbinds(rows(10))), record=record(12))
case("non-repeaters", "One name once, another with two rows. What to do",
     ask(get_bulk("1.3.6.1.2.1.2.1", IF_INDEX, non_repeaters=1, max_repetitions=2, form="list"),
         varbinds([[IF_NUMBER, 2, 4], [f"{IF_INDEX}.1", 2, 1], [f"{IF_INDEX}.2", 2, 2]])))
case("all-non-repeaters", "More non_repeaters than names. What to do",
     ask(get_bulk("1.3.6.1.2.1.2.1", IF_INDEX, non_repeaters=5),
         varbinds({IF_NUMBER: 4, f"{IF_INDEX}.1": 1})))
case("two-columns", "Rows of two columns, interleaved as the device gives them. Replies",
     ask(get_bulk(IF_INDEX, "1.3.6.1.2.1.2.2.1.3", max_repetitions=2, form="list"),
         varbinds([[f"{IF_INDEX}.1", 2, 1], ["1.3.6.1.2.1.2.2.1.3.1", 2, 24],
                   [f"{IF_INDEX}.2", 2, 2], ["1.3.6.1.2.1.2.2.1.3.2", 2, 6]])))
case("beyond-the-column", "GETBULK does not end with the column. What to do",
     ask(get_bulk(IF_INDEX, max_repetitions=5), varbinds({**INDEXES, f"{IF_DESCR}.1": b"lo"})))
case("end", "The end of the view. Values in replies",
     ask(get_bulk(ROWS, max_repetitions=5, form="list"),
         varbinds([[f"{ROWS}.1", 2, 1], [f"{ROWS}.2", 2, 2], [f"{ROWS}.2", 130, None]])),
     record=column(2))
case("largest", "The largest numbers that are allowed. What to do",
     ask(get_bulk(ROWS, non_repeaters=65535, max_repetitions=65535), varbinds(rows(1))),
     record=record(2))
case("v1", "Version 1 has no GETBULK. What to do", ask(get_bulk(version="1"), bad()))
case("one-arc", "An OID of one arc can be stepped over. What to do",
     ask(get_bulk("1", max_repetitions=1), varbinds(rows(1))), record=record(1))
case("oids-missing", "oids is required. What to do", ask(get_bulk(oids=ABSENT), bad()), untyped=True)

FEATURES = [gets, nexts, bulks]
