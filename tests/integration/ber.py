"""A small BER and SNMP codec of the tests' own, so that they judge bytes with other eyes.

It knows v1 and v2c messages and the outer parts of v3. It must never import the project's
code: what it says about a packet is the yardstick.
"""

INTEGER, OCTETS, NULL, OBJECT_ID, SEQUENCE = 2, 4, 5, 6, 0x30
IP_ADDRESS, COUNTER32, GAUGE32, TIMETICKS, OPAQUE = 64, 65, 66, 67, 68
NSAP, COUNTER64, UINTEGER32 = 69, 70, 71
NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW = 128, 129, 130
GET, GET_NEXT, RESPONSE, SET, GET_BULK, REPORT = 0xA0, 0xA1, 0xA2, 0xA3, 0xA5, 0xA8
V1, V2C, V3 = 0, 1, 3


def tlv(tag, content):
    size = len(content)
    if size < 0x80:
        head = bytes([size])
    else:
        raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
        head = bytes([0x80 | len(raw)]) + raw
    return bytes([tag]) + head + content


def integer(value, tag=INTEGER):
    size = 1
    while not -(1 << (8 * size - 1)) <= value < 1 << (8 * size - 1):
        size += 1
    return tlv(tag, value.to_bytes(size, "big", signed=True))


def octets(value, tag=OCTETS):
    return tlv(tag, value if isinstance(value, bytes) else value.encode())


def subids(text):
    return tuple(int(part) for part in text.strip(".").split("."))


def text(oid):
    return ".".join(map(str, oid))


def oid(value):
    ids = subids(value) if isinstance(value, str) else tuple(value)
    out = bytearray()
    for part in (ids[0] * 40 + ids[1],) + ids[2:]:
        chunk = [part & 0x7F]
        while part > 0x7F:
            part >>= 7
            chunk.append(0x80 | part & 0x7F)
        out += bytes(reversed(chunk))
    return tlv(OBJECT_ID, bytes(out))


def null():
    return tlv(NULL, b"")


def opaque_float(raw_four_bytes):
    """RFC-less but universal: an Opaque that wraps context tag 0x9f78 and an IEEE float."""
    return tlv(OPAQUE, b"\x9f\x78\x04" + raw_four_bytes)


def opaque_double(raw_eight_bytes):
    return tlv(OPAQUE, b"\x9f\x79\x08" + raw_eight_bytes)


def read(data, at=0):
    """The TLV at `at`: (tag, content, end)."""
    tag, size, at = data[at], data[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        size = int.from_bytes(data[at:at + count], "big")
        at += count
    if at + size > len(data):
        raise ValueError("BER length reaches past the end")
    return tag, data[at:at + size], at + size


def read_all(data):
    at, out = 0, []
    while at < len(data):
        tag, content, at = read(data, at)
        out.append((tag, content))
    return out


def to_int(content):
    return int.from_bytes(content, "big", signed=True)


def to_oid(content):
    ids, part = [], 0
    for byte in content:
        part = part << 7 | byte & 0x7F
        if not byte & 0x80:
            ids.append(part)
            part = 0
    first = min(ids[0] // 40, 2)
    return (first, ids[0] - 40 * first) + tuple(ids[1:])


class Message:
    """A v1 or v2c message. varbinds: list of (oid tuple, tag, content bytes)."""

    def __init__(self, data):
        self.raw = data
        tag, content, _ = read(data)
        if tag != SEQUENCE:
            raise ValueError("no SEQUENCE")
        parts = read_all(content)
        self.version = to_int(parts[0][1])
        if self.version == V3:
            header = read_all(parts[1][1])
            self.msg_id = to_int(header[0][1])
            self.flags = header[2][1][0]
            return
        self.community = parts[1][1]
        self.pdu_type, pdu = parts[2]
        fields = read_all(pdu)
        self.request_id, self.status, self.index = (to_int(f[1]) for f in fields[:3])
        self.varbinds = []
        for _, varbind in read_all(fields[3][1]):
            name, value = read_all(varbind)
            self.varbinds.append((to_oid(name[1]), value[0], value[1]))

    @property
    def oids(self):
        return [vb[0] for vb in self.varbinds]

    # GETBULK keeps these where other PDUs keep error-status and error-index.
    @property
    def non_repeaters(self):
        return self.status

    @property
    def max_repetitions(self):
        return self.index


def varbind(name, value):
    """name: OID as text or numbers; value: encoded TLV."""
    return tlv(SEQUENCE, oid(name) + value)


def message(version, community, pdu_type, request_id, varbinds, status=0, index=0):
    pdu = integer(request_id) + integer(status) + integer(index)
    pdu += tlv(SEQUENCE, b"".join(varbinds))
    return tlv(SEQUENCE, integer(version) + octets(community) + tlv(pdu_type, pdu))


def response(request, varbinds, **changes):
    """The answer to a Message; changes replace version, community, request_id, pdu_type …"""
    fields = {"version": request.version, "community": request.community, "pdu_type": RESPONSE,
              "request_id": request.request_id, "status": 0, "index": 0}
    fields.update(changes)
    return message(varbinds=varbinds, **fields)
