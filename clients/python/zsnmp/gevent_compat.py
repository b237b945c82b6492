"""The interface of gevent_snmp, over a ZSNMP service.

A program that was written for gevent_snmp runs with `from zsnmp import gevent_compat as async_session`
or `from zsnmp.gevent_compat import AsyncSession`. The service is the one that the environment's
ZSNMP_ENDPOINT names, or `connect`. GEVENT.md has what differs.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Union

from gevent.monkey import get_original

from . import _message
from ._print import Printer
from .errors import Error, WalkCutOff, error_of
from .green import Client
from .values import Request, oid_tuple

__all__ = [
    "END_OF_MIB",
    "NO_SUCH_INSTANCE",
    "NO_SUCH_OBJECT",
    "VALID_VALUE_TYPES",
    "VAR_TYPE_TO_STRING",
    "AsyncSession",
    "SNMPError",
    "SNMPResponseError",
    "SNMPTimeoutError",
    "connect",
    "init_snmplib",
    "is_in_subtree",
    "oid_str_to_tuple",
    "oid_tuple_to_str",
    "toggle_netsnmp_format_options",
]

Config = Mapping[str, Any]
Flags = Mapping[str, Any]
OidTuple = tuple[int, ...]
Setting = tuple[Union[str, bytes], str]

_PLAIN: Flags = {}

VALID_VALUE_TYPES = set("iucCtaosdxnbUIFD")
VAR_TYPE_TO_STRING = {
    2: "INTEGER",
    3: "BIT_STR",
    4: "OCTET_STR",
    5: "NULL",
    6: "OBJECT_ID",
    64: "IPADDRESS",
    65: "COUNTER",
    66: "GAUGE",
    67: "TIMETICKS",
    70: "COUNTER64",
    120: "APP_FLOAT",
    121: "APP_DOUBLE",
}

_LEVELS = {"noAuthNoPriv": 0, "authNoPriv": 1, "authPriv": 2}
_AUTH_PROTOS = {"MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512"}
_PRIV_PROTOS = {"DES", "AES", "AES-192", "AES-256", "AES-192-C", "AES-256-C"}
_PASS_MIN = 8  # RFC 3414, section 11.2
_TIMEOUTS = {"timeout", "device_down", "unreachable", "deadline"}
_TRAP_TYPES = {_message.TRAP_V1: "v1_trap", 0xA7: "v2_trap"}
_ENGINE_ID = (1, 3, 6, 1, 6, 3, 10, 2, 1, 1, 0)


class _Missing:
    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


END_OF_MIB = _Missing("<END_OF_MIB>")
NO_SUCH_OBJECT = _Missing("<No Such Object>")
NO_SUCH_INSTANCE = _Missing("<No Such Instance>")

#: What the exceptions of RFC 3416 become where the flag is given; they are None without it.
_MISSING = {
    128: ("get_no_such_object", NO_SUCH_OBJECT),
    129: ("get_no_such_instance", NO_SUCH_INSTANCE),
    130: ("get_end_of_mib", END_OF_MIB),
}


class SNMPError(Exception):
    """Anything that went wrong; where the service told of it, `__cause__` is its zsnmp.Error."""


class SNMPTimeoutError(SNMPError):
    """The device did not answer in time."""


class SNMPResponseError(SNMPError):
    """The device answered with an error: `code` is the error-status, `index` the error-index."""

    def __init__(self, code: int, index: int, message: str) -> None:
        self.code = code
        self.index = index
        self.message = f"Error at index({index}) with code({code}): {message}"
        super().__init__(code, index, message)

    def __str__(self) -> str:
        return self.message


@lru_cache(maxsize=65536)  # programs poll the same objects again and again
def oid_str_to_tuple(oid_str: str) -> OidTuple:
    """'1.2.3' is (1, 2, 3)."""
    return tuple(map(int, oid_str.split(".")))


def oid_tuple_to_str(oid_tuple: Iterable[int]) -> str:
    """(1, 2, 3) is '1.2.3'."""
    return ".".join(map(str, oid_tuple))


@lru_cache(maxsize=65536)
def _name(oid: OidTuple) -> str:
    return oid_tuple_to_str(oid)


def _names(oids: Iterable[Iterable[int]]) -> list[str]:
    """OIDs as the service likes them."""
    return [_name(tuple(oid)) for oid in oids]


def is_in_subtree(root: OidTuple, oid: OidTuple) -> bool:
    """Whether `oid` is `root` or below it."""
    return len(oid) >= len(root) and tuple(oid[: len(root)]) == tuple(root)


# --- how values are printed ------------------------------------------------------------------

_printer = Printer()


def init_snmplib() -> None:
    """Nothing has to be initialised: the service speaks SNMP, and no MIBs are read."""


def toggle_netsnmp_format_options(options: str | bytes) -> None:
    """Changes how `get_netsnmp_string` prints, for the whole process: letters behind snmpget's -O."""
    for option in _text(options):
        if not _printer.toggle(option):
            raise ValueError(f"Option ({option}) is not a valid format option")


# --- the service -----------------------------------------------------------------------------

_service: dict[str, Any] = {}
_own = get_original("threading", "local")()  # of a thread, never of a greenlet


def connect(endpoint: str, **options: Any) -> None:
    """Names the service, and options of zsnmp.green.Client. To be called before anything is asked for."""
    _service.clear()
    _service.update(options, endpoint=endpoint)
    client = _own.__dict__.pop("client", None)
    if client is not None:
        client.close()


def _forget() -> None:
    """In a child process: the next call connects anew."""
    client = _own.__dict__.pop("client", None)
    if client is not None:
        client._forget()


os.register_at_fork(after_in_child=_forget)


def _client() -> Client:
    """The one connection that all sessions of a thread share."""
    try:
        client: Client = _own.client
    except AttributeError:
        options = _service
        if not options and "ZSNMP_ENDPOINT" in os.environ:
            options = {"endpoint": os.environ["ZSNMP_ENDPOINT"]}
        client = _own.client = Client(**options)
    return client


# --- sessions --------------------------------------------------------------------------------


class AsyncSession:
    """Asks one device. Any number of greenlets may use a session, and any number of sessions."""

    def __init__(self, args: Config) -> None:
        self._args = args
        self._request: Request | None = None
        self._query_count = 0
        self._engine_id: str | None = None

    @property
    def snmp_query_count(self) -> int:
        """How often the device was asked; a walk counts the packets that were sent for it."""
        return self._query_count

    @property
    def security_engine_id(self) -> str | None:
        """The device's engine id in hexadecimal: as configured, else asked for once."""
        if self._request is None or "user" not in self._request:
            return None
        if self._engine_id is None:
            value = self.get([_ENGINE_ID])[_ENGINE_ID]
            self._engine_id = value.hex() if value else None
        return self._engine_id

    @property
    def context_engine_id(self) -> str | None:
        if self._request is not None and "context_engine_id" in self._request:
            return str(self._request["context_engine_id"])
        return self.security_engine_id

    def open_session(self) -> None:
        """Checks the configuration; nothing is sent yet."""
        self._request = _request_of(self._args)
        self._engine_id = self._request.get("engine_id")

    @contextmanager
    def clone_session(self, **override_args: Any) -> Iterator[AsyncSession]:
        """A session with the configuration of this one but for what is given, opened."""
        session = AsyncSession({**self._args, **override_args})
        session.open_session()
        yield session

    @staticmethod
    def decode_trap(data: bytes, py_flags: Flags = _PLAIN) -> dict[str, Any]:
        """What is in a trap or inform of version 1 or 2c that came from a UDP socket."""
        if not isinstance(data, bytes):
            raise TypeError("data: not bytes")
        try:
            message = _message.decode(data)
        except ValueError as error:
            raise SNMPError(f"snmp_parse error: {error}") from error
        result = {
            "varbinds": _collect(
                [(v.oid, _value(v.type, v.value, py_flags)) for v in message.varbinds], py_flags
            ),
            "request_id": message.request_id,
            "msg_type_raw": message.command,
            "msg_type": _TRAP_TYPES.get(message.command, "unknown"),
        }
        if message.command == _message.TRAP_V1:
            result.update(
                trap_type=message.trap_type,
                specific_type=message.specific_type,
                agent_addr=message.agent_addr,
                uptime=message.uptime,
                enterprise=message.enterprise,
            )
        return result

    def get(self, oids: Iterable[OidTuple], py_flags: Flags = _PLAIN) -> Any:
        return self._ask({"op": "get", "oids": _names(oids), **self._opened()}, py_flags)

    def get_next(self, py_oid: OidTuple, py_flags: Flags = _PLAIN) -> Any:
        return self._ask({"op": "get_next", "oids": _names([py_oid]), **self._opened()}, py_flags)

    def get_bulk(
        self,
        oids: Iterable[OidTuple],
        nonrepeaters: int = 0,
        maxrepetitions: int = 10,
        py_flags: Flags = _PLAIN,
    ) -> Any:
        names = _names(oids)
        if maxrepetitions == 0:  # the service would take that for its default
            names = names[:nonrepeaters]
            if not names:
                return _collect([], py_flags)
        counts = {"non_repeaters": nonrepeaters, "max_repetitions": maxrepetitions}
        return self._ask({"op": "get_bulk", "oids": names, **counts, **self._opened()}, py_flags)

    def set_oids(self, oids: Mapping[OidTuple, Setting], py_flags: Flags = _PLAIN) -> Any:
        settings = [(_name(tuple(oid)), *_setting(oid, *value)) for oid, value in oids.items()]
        return self._ask({"op": "set", "set": settings, **self._opened()}, py_flags)

    def walk(self, root: OidTuple, py_flags: Flags = _PLAIN) -> Any:
        """All below `root`, by GETNEXT."""
        return self._walk(root, {"bulk": False}, py_flags)

    def walk_with_get_bulk(self, root: OidTuple, maxrepetitions: int = 10, py_flags: Flags = _PLAIN) -> Any:
        """All below `root`, by GETBULK of up to `maxrepetitions` rows."""
        return self._walk(root, {"max_repetitions": maxrepetitions}, py_flags)

    def _ask(self, request: Request, flags: Flags) -> Any:
        self._query_count += 1
        reply = _client()._ask(request)
        error = error_of(reply)
        if error is not None:
            raise _compatible(error) from error
        rows = [(oid_str_to_tuple(oid), _value(kind, value, flags)) for oid, kind, value in reply["varbinds"]]
        return _collect(rows, flags)

    def _walk(self, root: OidTuple, how: Request, flags: Flags) -> Any:
        walk = _client().walk(oids=_names([root]), types=True, timing=True, **how, **self._opened())
        rows = OrderedDict() if flags.get("as_ordered_dict") else {}
        try:
            for oid, (kind, value) in walk:
                rows[oid_str_to_tuple(oid)] = _value(kind, value, flags)
        except WalkCutOff as error:
            if error.stop != "loop":  # gevent_snmp takes that for the end
                raise _compatible(error) from error
        except Error as error:
            raise _compatible(error) from error
        finally:
            self._query_count += (walk.reply or {}).get("tries", 0)
        return rows

    def _opened(self) -> Request:
        if self._request is None:
            raise SNMPError("Session is not open")
        return self._request


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _request_of(args: Config) -> dict[str, Any]:
    """The keys of the protocol for a configuration of gevent_snmp."""
    request = {
        "peer": args["peername"],
        "version": _text(args["version"]),
        "retries": _within("retries", args["retries"], 100),
        "timeout_ms": max(1, round(_within("timeout", args["timeout"], 600) * 1000)),
        "form": "list",
    }
    if request["version"] == "3":
        request.update(_usm(args))
    elif request["version"] in ("1", "2c"):
        request["community"] = args["community"]
    else:
        raise ValueError(f"Unknown snmp version: {request['version']}")
    request.update(args.get("options", {}))
    return request


def _within(name: str, number: float, most: int) -> float:
    """What the service takes; it would say so only at the first request."""
    if not 0 <= number <= most:
        raise ValueError(f"{name}: not between 0 and {most}")
    return number


def _usm(args: Config) -> dict[str, Any]:
    """The keys of version 3. What gevent_snmp calls a key is a pass phrase."""
    level = _text(args["security_level"])
    if level not in _LEVELS:
        raise ValueError(f"Unknown security_level: {level}")
    keys = {"level": level, "user": args["security_name"]}
    for least, kind, known in (1, "auth", _AUTH_PROTOS), (2, "priv", _PRIV_PROTOS):
        if _LEVELS[level] >= least:
            proto, phrase = _text(args[f"{kind}_proto"]), args[f"{kind}_key"]
            if proto not in known:
                raise ValueError(f"Unknown {kind} protocol: {proto}")
            if len(phrase) < _PASS_MIN:
                raise ValueError(f"{kind}_key: shorter than {_PASS_MIN} bytes")
            keys.update({f"{kind}_proto": proto, f"{kind}_pass": phrase})
    for theirs, ours in ("security_engine_id", "engine_id"), ("context_engine_id", "context_engine_id"):
        if theirs in args:
            keys[ours] = bytes.fromhex(_text(args[theirs])).hex()  # ValueError where it is none
    return keys


def _setting(oid: OidTuple, value: str | bytes, value_type: str | bytes) -> tuple[str, str | bytes]:
    """Type and value of a setting. gevent_snmp takes each value as text."""
    letter = _text(value_type)
    if letter not in VALID_VALUE_TYPES:
        raise ValueError(f"Unknown value type '{letter}'")
    if not isinstance(value, (str, bytes)):
        raise TypeError(f"Cannot set oid({oid}) with val({value!r}): neither str nor bytes")
    return letter, value if letter == "s" else _text(value)


def _value(kind: int, value: Any, flags: Flags) -> Any:
    """One value as gevent_snmp gives it."""
    if not flags and kind not in (6, 64):
        return value
    if kind == 64 and isinstance(value, bytes):  # not of 4 bytes
        value = ".".join(map(str, value[:4]))
    given = value
    if kind == 6:
        given = list(oid_tuple(value))
    elif kind in _MISSING:
        flag, sign = _MISSING[kind]
        given = sign if flags.get(flag) else None
    shown = [given]
    if flags.get("get_var_type"):
        shown.insert(0, VAR_TYPE_TO_STRING.get(kind, "UNKNOWN"))
    if flags.get("get_netsnmp_string"):
        shown.append(_printer.value(kind, value))
    return tuple(shown) if len(shown) > 1 else given


def _collect(rows: list[tuple[OidTuple, Any]], flags: Flags) -> Any:
    if flags.get("as_list"):
        return rows
    return OrderedDict(rows) if flags.get("as_ordered_dict") else dict(rows)


def _compatible(error: Error) -> SNMPError:
    """The exception of gevent_snmp for an error of the service."""
    if 1 <= error.code <= 18:
        return SNMPResponseError(error.code, error.index, f"({error.name}) {error.message}")
    kind = SNMPTimeoutError if error.name in _TIMEOUTS else SNMPError
    return kind(f"Error in query: {error}")
