"""Errors that a device answers with, what happens on the way, and what a device does wrong."""
from build import Feature, ask, failed, varbinds
from vectors import Any, Has, May, Uint

from cases.common import (CONTACT, GOOD, IF_ADMIN, IF_INDEX, INDEXES, MISSING, NAME, ROWS, SERVICES, get,
                          record, rows, setting, walk)

STATUSES = ("tooBig noSuchName badValue readOnly genErr noAccess wrongType wrongLength wrongEncoding "
            "wrongValue noCreation inconsistentValue resourceUnavailable commitFailed undoFailed "
            "authorizationError notWritable inconsistentName").split()
QUICK = {"timeout_ms": 60, "retries": 0}  # where no answer is awaited
SLOWER = {"timeout_ms": 200, "retries": 0}  # where one is that does not count

# --- error-status --------------------------------------------------------------------------------

status = Feature(19, "status", "What a device answers with: Errors")
case = status.case


def slug(name):
    return "".join("-" + letter.lower() if letter.isupper() else letter for letter in name)


for name in STATUSES:
    index = 0 if name == "tooBig" else 1
    case(f"get-{slug(name)}", f"GET: {name}. Errors", ask(get(), failed(name, index, "yes")),
         rules=[f"error={name}:{index}"])
for name in STATUSES[4:]:
    case(f"set-{slug(name)}", f"SET: {name}; sent again it does no harm where nothing was done. Errors",
         ask(setting(CONTACT, "s", "x"), failed(name, 1, "yes")), rules=[f"error={name}:1"])
for op in ("get_next", "get_bulk"):
    case(op.replace("_", "-"), f"{op}. Errors",
         ask({"op": op, "oids": [IF_INDEX]}, failed("genErr", 1, "yes")), rules=["error=genErr:1"])
case("index", "The second of three; what came before it is in varbinds. "
     "What does not fit, and what is missing",
     ask(get(NAME, SERVICES, CONTACT), failed("genErr", 2, "yes", varbinds=May(Any("map")))),
     rules=["error=genErr:2"])
case("v1", "Version 1: genErr. Errors", ask(get(version="1"), failed("genErr", 1, "yes")),
     rules=["error=genErr:1"])
case("wrong-length", "A string that is too long for the object. Errors",
     ask(setting(CONTACT, "s", "x" * 256), failed("wrongLength", 1, "yes")))
case("wrong-value", "A value that the object can not take. Errors",
     ask(setting(f"{IF_ADMIN}.1", "i", 9), failed("wrongValue", 1, "yes")))
case("no-creation", "A row that does not exist. Errors",
     ask(setting(f"{IF_ADMIN}.99", "i", 1), failed("noCreation", 1, "yes")))
case("not-writable", "An object that can only be read. Errors",
     ask(setting(SERVICES, "i", 1), failed("notWritable", 1, "yes")))
case("set-fails-get-works", "SETs fail, GETs do not. Errors",
     ask(setting(CONTACT, "s", "x"), failed("commitFailed", 1, "yes")), ask(get(), GOOD),
     rules=["error=commitFailed:1 only=set"])

# --- on the way ----------------------------------------------------------------------------------

way = Feature(20, "way", "What happens on the way: Errors, What is sent again")
case = way.case


def own_name():
    """sysName of the device of the next case."""
    return b"sim-127-20-20-%d" % (len(way.cases) + 1)


case("timeout", "A device that is dead. Errors", ask(get(**QUICK), failed("timeout", sent="maybe")),
     rules=["dead"])
case("timeout-of-three", "Each try is sent. What is sent again",
     ask(get(timeout_ms=40, retries=2, timing=True),
         failed("timeout", sent="maybe", rtt_us=0, tries=3)), rules=["dead"])
case("timeout-get-next", "GETNEXT. Errors",
     ask({"op": "get_next", "oids": [NAME], **QUICK}, failed("timeout", sent="maybe")), rules=["dead"])
case("timeout-get-bulk", "GETBULK. Errors",
     ask({"op": "get_bulk", "oids": [NAME], **QUICK}, failed("timeout", sent="maybe")), rules=["dead"])
case("timeout-set", "A SET may have been carried out: not retryable. What is sent again",
     ask(setting(CONTACT, "s", "x", **QUICK), failed("timeout", sent="maybe", retryable=False)),
     rules=["silent=set"])
case("timeout-v1", "Version 1. Errors", ask(get(version="1", **QUICK), failed("timeout", sent="maybe")),
     rules=["dead"])
case("timeout-v3", "Version 3: it is the discovery that is not answered. Errors",
     ask(get(user="noauth", **QUICK), failed("timeout", sent=Any("str"))), rules=["dead"])
case("timeout-v3-set", "A SET whose discovery is not answered. Errors",
     ask({"op": "set", "user": "noauth", "set": [[CONTACT, "s", "x"]], **QUICK},
         failed("timeout", sent=Any("str"), retryable=Any("bool"))), rules=["dead"])
case("deadline", "deadline_ms passes while the device is asked. Errors",
     ask(get(deadline_ms=150), failed("deadline", sent="maybe")), rules=["delay=500"])
case("deadline-set", "A SET that may have been carried out. What is sent again",
     ask(setting(CONTACT, "s", "x", deadline_ms=150), failed("deadline", sent="maybe", retryable=False)),
     rules=["delay=500"])
case("deadline-waiting", "What has not gone out by then never does. For SNMP operations: time",
     ask(get(NAME, device_window=1), varbinds({NAME: own_name()})),
     ask(setting(CONTACT, "s", "never", deadline_ms=50, device_window=1),
         failed("deadline", retryable=True), after=0),
     rules=["delay=250"], wire=True)
case("slow", "A device that is slow but answers. Errors", ask(get(), GOOD), rules=["delay=100"])
DOWN = failed("device_down")
FAILED = {"error": Has({"retryable": True})}
case("device-down", "Three requests that are not answered, each for as long as is likely: held to be down. "
     "The first time the first four time out. What is sent again",
     ask({"op": "get_next", "oids": ["1.3.6.1.2.1.1.6"]}, {"varbinds": May(Any("map")),
                                                       "error": May(Any("map"))}),
     *[ask(get(timeout_ms=255, retries=0), FAILED) for _ in range(3)], ask(get(), DOWN),
     ask(walk(), failed("device_down", complete=False, stop="device_down", next=IF_INDEX)),
     ask(setting(CONTACT, "s", "x", community="public"), failed("device_down", retryable=True)),
     rules=["silent=get,set"])
case("queue-full", "A third request where one is under way and one waits already. "
     "For SNMP operations: how much a device is asked",
     ask(get(NAME, device_window=1), varbinds({NAME: own_name()})),
     ask(get(SERVICES, device_window=1), GOOD, after=0),
     ask(get(CONTACT, device_window=1, device_queue_max=1), failed("queue_full"), after=0),
     rules=["delay=300"], wire=True)
case("set-queue-full", "A SET that was not sent may be sent again. What is sent again",
     ask(get(NAME, device_window=1), varbinds({NAME: own_name()})),
     ask(get(SERVICES, device_window=1), GOOD, after=0),
     ask(setting(CONTACT, "s", "x", device_window=1, device_queue_max=1),
         failed("queue_full", retryable=True), after=0),
     rules=["delay=300"], wire=True)
case("merged", "The same read twice at a time: each gets its reply. "
     "For SNMP operations: how much a device is asked",
     ask(get(), GOOD), ask(get(), GOOD, after=0), rules=["delay=50"], wire=True)
case("bundled", "GETs that wait are asked for together: each gets its own. "
     "For SNMP operations: how much a device is asked",
     ask(get(NAME, device_window=1), varbinds({NAME: own_name()})),
     ask(get(SERVICES, device_window=1), GOOD, after=0),
     ask(get(f"{IF_INDEX}.1", MISSING, device_window=1),
         varbinds({f"{IF_INDEX}.1": 1, MISSING: None}), after=0),
     rules=["delay=50"], wire=True)

# --- quirks --------------------------------------------------------------------------------------

quirks = Feature(21, "quirk", "What devices do wrong: Quirks, What does not fit")
case = quirks.case
THREE = [f"{IF_INDEX}.{n}" for n in (1, 2, 3)]
TRIPLE = {name: n for n, name in enumerate(THREE, 1)}


def once(*names):
    """What was found is kept with the device, so the second time it does not happen."""
    return May(list(names))


case("empty", "No varbinds. Quirks",
     ask(get(), failed("genErr", 1, "yes", quirks=["empty"])), rules=["empty"])
case("empty-walk", "A walk that is answered without varbinds. Quirks",
     ask(walk(), failed("genErr", 0, "yes", complete=False, stop="device_error", next=IF_INDEX,
                        quirks=["empty"])), rules=["empty"])
case("wrong-count", "One varbind too many; it is dropped. Quirks",
     ask(get(*THREE), varbinds(TRIPLE, quirks=["wrong_count"])), rules=["extra-varbind"])
case("wrong-count-cut", "Only the first two of the varbinds: the others are asked for again. "
     "What does not fit, and what is missing",
     ask(get(*THREE), varbinds(TRIPLE, quirks=["wrong_count"])), rules=["varbinds-cut=2"])
case("missing-varbind", "The last varbind is missing always. Quirks",
     ask(get(*THREE), failed("genErr", 3, "yes", varbinds=dict(list(TRIPLE.items())[:2]),
                             quirks=["empty", "wrong_count"])), rules=["missing-varbind"])
case("wrong-name", "A GET is answered with another name: varbinds shows what came. Quirks",
     ask(get(f"{IF_INDEX}.2"), failed("genErr", 1, "yes", varbinds={f"{IF_INDEX}.3": 2},
                                      quirks=["wrong_name"])), rules=["wrong-name"])
case("malformed", "A length behind the end of the message: it counts as no answer. Quirks",
     ask(get(**SLOWER), failed("timeout", sent="maybe", quirks=["malformed"])), rules=["overlong-value"])
case("malformed-value", "A counter of no bytes. Quirks",
     ask(get(f"{IF_INDEX[:-1]}10.1", **SLOWER), failed("timeout", sent="maybe", quirks=["malformed"])),
     rules=["empty-value"])
case("other-source-port", "From another port. Quirks",
     ask(get(**SLOWER), failed("timeout", sent="maybe", quirks=["other_source"])), rules=["source=port"])
case("other-source-address", "From another address. Quirks",
     ask(get(**SLOWER), failed("timeout", sent="maybe", quirks=["other_source"])),
     rules=["source=address"])
case("unknown-status", "An error-status that there is not. Quirks",
     ask(get(), failed("genErr", 1, "yes", quirks=["unknown_status"])), rules=["error=200:1"])
case("bad-index", "An error-index of no varbind. Quirks",
     ask(get(), failed("genErr", 0, "yes", quirks=["bad_index"])), rules=["error=genErr:99"])
case("bad-index-of-three", "Where there are several, the others are asked by themselves. Quirks",
     ask(get(*THREE), failed("genErr", 1, "yes", quirks=["bad_index"])), rules=["error=genErr:99"])
case("too-big", "A GET that is tooBig is asked for in several. What does not fit, and what is missing",
     ask(get(*THREE), varbinds(TRIPLE, quirks=once("too_big"))), rules=["varbinds-max=1"])
case("too-big-bulk", "GETBULK of fewer rows. Walks",
     ask(walk(ROWS), varbinds(rows(30), complete=True, stop="out_of_tree", quirks=once("too_big"))),
     record=record(30), rules=["bulk-toobig-above=10"])
case("small-messages", "A device with small messages. Walks",
     ask(walk(ROWS), varbinds(rows(60), complete=True, stop="out_of_tree", quirks=once("too_big"))),
     record=record(60), rules=["max-size=484"])
case("silent-get", "GETs of many names are not answered. Quirks",
     ask(get(*THREE, timeout_ms=200), varbinds(TRIPLE, quirks=once("silent_get"))),
     rules=["varbinds-silent-above=1"])
case("silent-bulk", "GETBULK is not answered: the walk goes on with GETNEXT. Quirks",
     ask(walk(timeout_ms=200), varbinds(INDEXES, complete=True, stop="out_of_tree",
                                       quirks=once("silent_bulk"))), rules=["silent=getbulk"])
case("silent-bulk-above", "GETBULK of many rows is not answered. Quirks",
     ask(walk(timeout_ms=200), varbinds(INDEXES, complete=True, stop="out_of_tree",
                                       quirks=once("silent_bulk"))), rules=["bulk-silent-above=5"])
case("gen-err-of-many", "genErr for many names without saying which. What does not fit, and what is missing",
     ask(get(*THREE), varbinds(TRIPLE)), rules=["varbinds-generr-above=1"])
case("wrong-type", "Values of other types: what came is given. Values in replies",
     ask(get(SERVICES, NAME, form="list"),
         varbinds([[SERVICES, 4, Any("any")], [NAME, 68, Any("any")]])), rules=["wrong-type"])
case("long-value", "A value of 60000 bytes. Values in replies",
     ask(get(SERVICES, form="list", timing=True),
         varbinds([[SERVICES, 4, Any("any")]], rtt_us=Any("uint"), tries=Uint(1, 3))),
     rules=["long-value=60000"])
case("duplicates", "Each answer comes three times: one is taken. What is sent again",
     ask(get(), GOOD), ask(walk(), varbinds(INDEXES, complete=True, stop="out_of_tree")),
     rules=["duplicate=3"])
case("stranger", "A report by somebody else in front of the answer. Quirks", ask(get(), GOOD),
     rules=["stranger-report"])
case("garbage-before", "Random bytes in front of the answer. Quirks",
     ask(get(), {**GOOD, "quirks": May(["malformed"])}), rules=["garbage-before"])
case("wrong-community", "Answers with another community are dropped. Errors",
     ask(get(**QUICK), failed("timeout", sent="maybe", quirks=May(Any("array")))),
     rules=["wrong-community"])
case("wrong-id", "Answers with another request-id are dropped. Errors",
     ask(get(**QUICK), failed("timeout", sent="maybe", quirks=May(Any("array")))), rules=["wrong-id"])
case("nulls", "noError and no values: NULLs are what came. Values in replies",
     ask(get(form="list"), varbinds([[SERVICES, 5, None]])), rules=["error=noError:1"])

FEATURES = [status, way, quirks]
