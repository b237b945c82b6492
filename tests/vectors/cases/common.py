"""Names that many cases use, and what the simulator's own objects say of them."""
DESCR, OBJECT_ID, UPTIME = (f"1.3.6.1.2.1.1.{n}.0" for n in (1, 2, 3))
CONTACT, NAME, LOCATION, SERVICES = (f"1.3.6.1.2.1.1.{n}.0" for n in (4, 5, 6, 7))
MISSING = "1.3.6.1.2.1.1.99.0"  # no such object
NO_ROW = "1.3.6.1.2.1.2.2.1.1.99"  # no such instance
IF_NUMBER, IF_ENTRY = "1.3.6.1.2.1.2.1.0", "1.3.6.1.2.1.2.2.1"
IF_INDEX, IF_DESCR, IF_TYPE, IF_MTU, IF_SPEED, IF_PHYS, IF_ADMIN = (
    f"{IF_ENTRY}.{n}" for n in range(1, 8))
ROOT = "1.3.6.1.4.1.32473.1"  # of the records
ROWS = f"{ROOT}.1"
FIRST_THREE = {f"{IF_INDEX}.{n}": n for n in (1, 2, 3)}
INDEXES = {f"{IF_INDEX}.{n}": n for n in (1, 2, 3, 4)}
TYPES = {f"{IF_TYPE}.1": 24, f"{IF_TYPE}.2": 6, f"{IF_TYPE}.3": 6, f"{IF_TYPE}.4": 6}
DESCRS = {f"{IF_DESCR}.1": b"lo", **{f"{IF_DESCR}.{n + 2}": b"Ethernet%d" % n for n in (0, 1, 2)}}


def get(*oids, **keys):
    return {"op": "get", "oids": list(oids) or [SERVICES], **keys}


def walk(*oids, **keys):
    return {"op": "walk", "oids": list(oids) or [IF_INDEX], **keys}


def setting(oid, letter, value, **keys):
    return {"op": "set", "community": "private", "set": [[oid, letter, value]], **keys}


GOOD = {"varbinds": {SERVICES: 72}}  # the reply to get()
EXCEPTIONS = {"noSuchObject": 128, "noSuchInstance": 129, "endOfMibView": 130}


def rows(count, first=1):
    """Of a record of one column."""
    return {f"{ROWS}.{n}": n for n in range(first, first + count)}


def record(count):
    """A device with one column of so many rows, and one object behind it."""
    return [f".{ROWS}.{n} = INTEGER: {n}" for n in range(1, count + 1)] + [f".{ROOT}.2.0 = INTEGER: 0"]


def column(count):
    """The same, with nothing behind it."""
    return record(count)[:-1]
