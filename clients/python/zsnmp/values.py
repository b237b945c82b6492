"""What devices say, as Python has it: OIDs, values, and the objects that results come in."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Callable, Union

import msgpack

Oid = Union[str, bytes, "Sequence[int]"]
Oids = Union[Oid, "Iterable[Oid]"]
Request = Mapping[str, Any]
Reply = dict[str, Any]


class Missing(enum.Enum):
    """What a device says in place of a value (RFC 3416). Each is false, and none is None."""

    NO_SUCH_OBJECT = 128
    NO_SUCH_INSTANCE = 129
    END_OF_MIB_VIEW = 130

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return self.name


NO_SUCH_OBJECT = Missing.NO_SUCH_OBJECT
NO_SUCH_INSTANCE = Missing.NO_SUCH_INSTANCE
END_OF_MIB_VIEW = Missing.END_OF_MIB_VIEW

_EXCEPTION_EXT = 1
_MISSING = {kind.value: kind for kind in Missing}


def from_ext(code: int, data: bytes) -> Any:
    """The ext hook of the decoder; what is not known stays what it is."""
    if code == _EXCEPTION_EXT and len(data) == 1 and data[0] in _MISSING:
        return _MISSING[data[0]]
    return msgpack.ExtType(code, data)


def oid_tuple(oid: Oid) -> tuple[int, ...]:
    """An OID as numbers: '.1.3.6' is (1, 3, 6)."""
    if isinstance(oid, (str, bytes)):
        return tuple(map(int, oid_str(oid).split(".")))
    return tuple(oid)


def oid_str(oid: Oid) -> str:
    """An OID as text, without a leading dot: (1, 3, 6) is '1.3.6'."""
    if isinstance(oid, bytes):
        oid = oid.decode()
    return oid.lstrip(".") if isinstance(oid, str) else ".".join(map(str, oid))


def oid_list(oids: Oids) -> list[Oid]:
    """The argument `oids` as the protocol has it: one OID, or several of them."""
    if isinstance(oids, (str, bytes)):
        return [oids]
    listed: list[Any] = list(oids)
    return [listed] if listed and isinstance(listed[0], int) else listed


class Shape:
    """How the caller wants varbinds: with their ASN.1 types or not, keys as str or as tuples."""

    __slots__ = ("types", "key")

    def __init__(self, types: bool, keys: type) -> None:
        if keys is not str and keys is not tuple:
            raise ValueError("keys: neither str nor tuple")
        self.types = types
        self.key: Callable[[str], Any] | None = oid_tuple if keys is tuple else None

    def rows(self, reply: Reply) -> Iterable[tuple[Any, Any]]:
        """(oid, value) of each varbind of a reply, in either of the two forms."""
        varbinds = reply.get("varbinds", ())
        if isinstance(varbinds, dict):
            if self.key is None:
                return varbinds.items()
            return [(self.key(oid), value) for oid, value in varbinds.items()]
        return [
            (self.key(oid) if self.key else oid, self._value(kind, value)) for oid, kind, value in varbinds
        ]

    def _value(self, kind: int, value: Any) -> Any:
        value = _MISSING.get(kind, value)
        return (kind, value) if self.types else value


class Varbinds(dict[Any, Any]):
    """Values by OID, in the order of the device, and all else that the reply said."""

    def __init__(self, reply: Reply, shape: Shape) -> None:
        super().__init__(shape.rows(reply))
        self.reply = reply
        self._shape = shape

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        """Each (oid, value); with `types` also those of an OID that the device gave twice."""
        return list(self._shape.rows(self.reply))

    @property
    def quirks(self) -> list[str]:
        """What the device did wrong meanwhile."""
        return list(self.reply.get("quirks", ()))

    @property
    def rtt_us(self) -> int | None:
        """The last round trip, where `timing` was asked for."""
        return self.reply.get("rtt_us")

    @property
    def tries(self) -> int | None:
        """Packets sent, where `timing` was asked for."""
        return self.reply.get("tries")


class Table(dict[Any, dict[Any, Any]]):
    """Rows by index, each a dict of values by column; `reply` is the reply itself."""

    reply: Reply

    @property
    def complete(self) -> bool:
        """False where `limit` has cut it off."""
        return bool(self.reply.get("complete"))

    def records(self) -> list[dict[Any, Any]]:
        """The rows as a list of dicts with the key 'index', as pandas.DataFrame takes them."""
        return [{"index": index, **row} for index, row in self.items()]
