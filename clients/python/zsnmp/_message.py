"""SNMP messages of version 1 and 2c, as traps and informs come in: BER to Python, strictly.

Whatever the bytes are, `decode` gives a message or raises ValueError.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
IP, TICKS, OPAQUE, COUNTER64 = 0x40, 0x43, 0x44, 0x46
UNSIGNED = {0x41: 4, TICKS: 4, 0x42: 4, 0x47: 4, COUNTER64: 8}  # and their bytes
MISSING = (0x80, 0x81, 0x82)
TRAP_V1 = 0xA4
PDUS = (0xA0, 0xA1, 0xA2, 0xA3, TRAP_V1, 0xA5, 0xA6, 0xA7, 0xA8)
OID_MAX = 128
#: What an Opaque may hold: the tag behind 0x9f, which is the type of the value, and its format.
WRAPPED = {118: None, 120: ">f", 121: ">d", 122: None, 123: None}


class Varbind(NamedTuple):
    oid: tuple[int, ...]
    type: int
    value: Any


class Message(NamedTuple):
    command: int
    request_id: int  # 0 in a trap of version 1, which has none
    varbinds: list[Varbind]
    enterprise: tuple[int, ...] = ()
    agent_addr: str = ""
    trap_type: int = 0
    specific_type: int = 0
    uptime: int = 0


class Reader:
    """The values in some bytes, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def any(self) -> tuple[int, bytes]:
        """Tag and contents of the next value."""
        tag, length = self._byte(), self._byte()
        if length == 0x80 or length > 0x84:
            raise ValueError("a length that SNMP does not have")
        if length > 0x80:
            length = int.from_bytes(self._take(length & 0x7F), "big")
        return tag, self._take(length)

    def expect(self, wanted: int) -> bytes:
        tag, contents = self.any()
        if tag != wanted:
            raise ValueError(f"type {tag:#04x} in place of {wanted:#04x}")
        return contents

    def integer(self) -> int:
        return _integer(self.expect(INTEGER))

    def end(self) -> None:
        if self:
            raise ValueError("bytes behind the end")

    def _byte(self) -> int:
        return self._take(1)[0]

    def _take(self, length: int) -> bytes:
        part = self._data[self._at : self._at + length]
        if len(part) != length:
            raise ValueError("the message is cut off")
        self._at += length
        return part


def decode(data: bytes) -> Message:
    outer = Reader(data)
    message = Reader(outer.expect(SEQUENCE))
    outer.end()
    version = message.integer()
    if version not in (0, 1):
        raise ValueError("neither version 1 nor 2c")
    message.expect(OCTETS)
    command, contents = message.any()
    message.end()
    if command not in PDUS:
        raise ValueError(f"type {command:#04x} in place of a PDU")
    return (_trap_v1 if command == TRAP_V1 else _pdu)(command, Reader(contents))


def _pdu(command: int, pdu: Reader) -> Message:
    request_id = pdu.integer()
    pdu.integer()  # error-status
    pdu.integer()  # error-index
    return Message(command, request_id, _varbinds(pdu))


def _trap_v1(command: int, pdu: Reader) -> Message:
    enterprise = _oid(pdu.expect(OID))
    address = _value(IP, pdu.expect(IP))
    generic, specific = pdu.integer(), pdu.integer()
    uptime = _value(TICKS, pdu.expect(TICKS))
    return Message(command, 0, _varbinds(pdu), enterprise, address, generic, specific, uptime)


def _varbinds(pdu: Reader) -> list[Varbind]:
    rows = Reader(pdu.expect(SEQUENCE))
    pdu.end()
    varbinds = []
    while rows:
        row = Reader(rows.expect(SEQUENCE))
        oid = _oid(row.expect(OID))
        kind, contents = row.any()
        row.end()
        if kind == OPAQUE:
            kind, value = _opaque(contents)
        else:
            value = _value(kind, contents)
        varbinds.append(Varbind(oid, kind, value))
    return varbinds


def _value(kind: int, contents: bytes) -> Any:
    if kind == INTEGER:
        return _integer(contents)
    if kind in UNSIGNED:
        return _unsigned(contents, UNSIGNED[kind])
    if kind == OCTETS:
        return contents
    if kind == OID:
        return _oid(contents)
    if kind == IP:
        if len(contents) != 4:
            raise ValueError("an IpAddress that has not 4 bytes")
        return ".".join(map(str, contents))
    if kind == NULL or kind in MISSING:
        if contents:
            raise ValueError("a value where there can be none")
        return None
    raise ValueError(f"type {kind:#04x} in place of a value")


def _integer(contents: bytes, size: int = 4) -> int:
    if not contents:
        raise ValueError("an integer of no bytes")
    value = int.from_bytes(contents, "big", signed=True)
    if not -1 << (8 * size - 1) <= value < 1 << (8 * size - 1):
        raise ValueError(f"an integer beyond {size} bytes")
    return value


def _unsigned(contents: bytes, size: int) -> int:
    """Agents that forget the leading zero of large numbers are understood."""
    if not 1 <= len(contents) <= size + 1 or (len(contents) > size and contents[0]):
        raise ValueError(f"an unsigned number of no byte or beyond {size}")
    return int.from_bytes(contents, "big")


def _opaque(contents: bytes) -> tuple[int, Any]:
    """A number in an Opaque, or the Opaque itself where it holds none."""
    if len(contents) < 3 or contents[0] != 0x9F or contents[1] not in WRAPPED:
        return OPAQUE, contents
    kind, layout, inner = contents[1], WRAPPED[contents[1]], contents[3:]
    if contents[2] != len(inner):
        return OPAQUE, contents
    if layout is not None:
        if len(inner) != struct.calcsize(layout):
            raise ValueError("a float of another size")
        return kind, struct.unpack(layout, inner)[0]
    return kind, _integer(inner, 8) if kind == 122 else _unsigned(inner, 8)


def _oid(contents: bytes) -> tuple[int, ...]:
    arcs = tuple(_arcs(contents))
    if not arcs:
        return 0, 0
    first = min(arcs[0] // 40, 2)
    oid = (first, arcs[0] - 40 * first, *arcs[1:])
    if len(oid) > OID_MAX:
        raise ValueError("an object identifier that is too long")
    return oid


def _arcs(contents: bytes) -> Iterator[int]:
    if contents and contents[-1] & 0x80:
        raise ValueError("an object identifier that is cut off")
    arc = 0
    for byte in contents:
        arc = arc << 7 | byte & 0x7F
        if arc > 0xFFFFFFFF:
            raise ValueError("an object identifier with a number that is too large")
        if not byte & 0x80:
            yield arc
            arc = 0
