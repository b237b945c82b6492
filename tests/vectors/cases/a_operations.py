"""The SNMP operations, as simple as they can be."""
from build import STR, UINT, Feature, ask, failed, varbinds

DESCR, NAME, CONTACT = "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.4.0"
IF_INDEX = "1.3.6.1.2.1.2.2.1.1"

get = Feature(1, "get", "GET: Requests, Replies")
get.case("one", "one name. What to do",
         ask({"op": "get", "oids": [NAME]}, varbinds({NAME: b"sim-127-20-1-1"})))
get.case("several", "several names, answered in their order. What to do",
         ask({"op": "get", "oids": [NAME, DESCR]},
             varbinds({NAME: b"sim-127-20-1-2", DESCR: b"zsnmp simulated agent 127.20.1.2"})))
get.case("timeout", "a device that is dead. Errors",
         ask({"op": "get", "oids": [NAME], "timeout_ms": 50, "retries": 0},
             failed("timeout", sent="maybe")), rules=["dead"])

walk = Feature(2, "walk", "WALK: Walks")
walk.case("column", "a column of a table. Walks",
          ask({"op": "walk", "oids": [IF_INDEX]},
              varbinds({f"{IF_INDEX}.{n}": n for n in (1, 2, 3, 4)}, complete=True,
                       stop="out_of_tree")))
walk.case("stream", "in parts of two rows. Walks",
          ask({"op": "walk", "oids": [IF_INDEX], "stream": 2},
              varbinds({f"{IF_INDEX}.1": 1, f"{IF_INDEX}.2": 2}, more=True),
              varbinds({f"{IF_INDEX}.3": 3, f"{IF_INDEX}.4": 4}, more=True),
              varbinds({}, more=False, complete=True, stop="out_of_tree")))
sets = Feature(3, "set", "SET: Values to set")
sets.case("text", "a string, and read back. Values to set",
          ask({"op": "set", "community": "private", "set": [[CONTACT, "s", "who"]]},
              varbinds({CONTACT: b"who"})),
          ask({"op": "get", "oids": [CONTACT]}, varbinds({CONTACT: b"who"})))
sets.case("read-only", "what can only be read. Errors",
          ask({"op": "set", "community": "private", "set": [[DESCR, "s", "x"]]},
              failed("notWritable", 1, "yes")))
service = Feature(4, "service", "Calls to the service itself")
service.case("ping", "is it there? Calls to the service itself",
             ask({"op": "ping"}, {"pong": True, "protocol": "ZSNMP/1", "version": STR,
                                  "uptime_ms": UINT}))
FEATURES = [get, walk, sets, service]
