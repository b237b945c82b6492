"""Values as net-snmp prints them when it has read no MIBs."""

from __future__ import annotations

from typing import Any

from .values import oid_tuple

_OIDS = {"s": "module", "S": "module", "f": "full", "u": "full", "n": "numeric"}
_STRINGS = {"x": "hex", "a": "ascii"}
#: These change only how names from MIBs, or lines with more than the value, are printed.
_OF_NAMES = "beEUvX"

_ROOTS = {0: "ccitt", 1: "iso", 2: "joint-iso-ccitt"}
_LABELS = {
    2: "INTEGER: ",
    64: "IpAddress: ",
    65: "Counter32: ",
    66: "Gauge32: ",
    70: "Counter64: ",
    71: "UInteger32: ",
    118: "Opaque: Counter64: ",
    122: "Opaque: Int64: ",
    123: "Opaque: UInt64: ",
}
_MISSING = {
    128: b"No Such Object available on this agent at this OID",
    129: b"No Such Instance currently exists at this OID",
    130: b"No more variables left in this MIB View (It is past the end of the MIB tree)",
}
_SPACES = b"\t\n\v\f\r "
_SHOWN = bytes(c if 32 <= c < 127 or c in _SPACES else ord(".") for c in range(256))


class Printer:
    def __init__(self) -> None:
        self._on: set[str] = set()
        self._oids = "module"
        self._strings = "guess"

    def toggle(self, option: str) -> bool:
        """Takes an output option of snmpcmd(1); False where there is none of this name."""
        if option in _OIDS:
            self._oids = _OIDS[option]
        elif option in _STRINGS:
            self._strings = _STRINGS[option]
        elif option in "qQtT":
            self._on ^= {option.replace("Q", "q")}  # they differ in what is printed around a value
        else:
            return option in _OF_NAMES
        return True

    def value(self, kind: int, value: Any) -> bytes:
        if kind == 4:
            return self._octets(value)
        if kind == 6:
            return self._label("OID: ") + self._oid(oid_tuple(value)).encode()
        if kind == 67:
            return self._ticks(value).encode()
        if kind == 68:
            return self._label("OPAQUE: ") + self._hex(value)
        if kind in (120, 121):
            return self._label("Opaque: Float: ") + b"%f" % value
        if kind in _LABELS:
            return self._label(_LABELS[kind]) + str(value).encode()
        return b"NULL" if kind == 5 else _MISSING.get(kind, b"Variable has bad type")

    @property
    def _quick(self) -> bool:
        return "q" in self._on

    def _label(self, text: str) -> bytes:
        return b"" if self._quick else text.encode()

    def _octets(self, value: bytes) -> bytes:
        shown = value.translate(_SHOWN)
        if not value:
            return b'""'
        if self._strings == "hex" or (self._strings == "guess" and shown != value):
            digits = self._hex(value)
            return b'"%b"' % digits if self._quick else b"Hex-STRING: " + digits
        return self._label("STRING: ") + b'"%b"' % shown.replace(b"\\", b"\\\\").replace(b'"', b'\\"')

    def _hex(self, value: bytes) -> bytes:
        lines = []
        for at in range(0, len(value), 16):
            part = value[at : at + 16]
            line = part.hex(" ").upper().encode() + b" "
            if "T" in self._on:
                line += b"  [%b]" % part.translate(_SHOWN)
            lines.append(line)
        return b"\n".join(lines)

    def _oid(self, oid: tuple[int, ...]) -> str:
        names = list(map(str, oid))
        if self._oids != "numeric" and oid and oid[0] in _ROOTS:
            names[0] = _ROOTS[oid[0]]
        return ("" if self._oids == "module" else ".") + ".".join(names)

    def _ticks(self, ticks: int) -> str:
        if "t" in self._on:
            return str(ticks)
        seconds, hundredths = divmod(ticks, 100)
        days, seconds = divmod(seconds, 86400)
        clock = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{hundredths:02}"
        if self._quick:
            return f"{days}:{clock}"
        period = f"{days} day{'' if days == 1 else 's'}, " if days else ""
        return f"Timeticks: ({ticks}) {period}{clock}"
