"""A device of SNMPv3 without authentication, whose engine the test can change while it runs.

It reads and writes what ber.py leaves of a v3 message (RFC 3412 section 6, RFC 3414 section 2.4),
and must never import the project's code.
"""
import ber

UNKNOWN_ENGINE, NOT_IN_WINDOW = "1.3.6.1.6.3.15.1.1.4.0", "1.3.6.1.6.3.15.1.1.2.0"
REPORTABLE = 4
SIZE_MAX, USM = 65507, 3


def engine_id(name):
    """An engine id of the text form (RFC 3411 section 5)."""
    return b"\x80\x00\x00\x00\x04" + name.encode()


class Message:
    """A v3 message in the clear."""

    def __init__(self, data):
        parts = ber.read_all(ber.read(data)[1])
        header = ber.read_all(parts[1][1])
        self.msg_id, self.flags = ber.to_int(header[0][1]), header[2][1][0]
        security = ber.read_all(ber.read(parts[2][1])[1])
        self.engine, self.user = security[0][1], security[3][1]
        scoped = ber.read_all(parts[3][1])
        self.context, self.pdu_type = scoped[1][1], scoped[2][0]
        fields = ber.read_all(scoped[2][1])
        self.request_id = ber.to_int(fields[0][1])
        self.oids = [ber.to_oid(ber.read(content)[1]) for _, content in ber.read_all(fields[3][1])]


def message(to, engine, pdu_type, varbinds, boots=1, time=1):
    """What a device of this engine says to a message."""
    header = (ber.integer(to.msg_id) + ber.integer(SIZE_MAX) + ber.octets(b"\0") +
              ber.integer(USM))
    security = (ber.octets(engine) + ber.integer(boots) + ber.integer(time) +
                ber.octets(to.user) + ber.octets(b"") + ber.octets(b""))
    pdu = (ber.integer(to.request_id) + ber.integer(0) + ber.integer(0) +
           ber.tlv(ber.SEQUENCE, b"".join(varbinds)))
    scoped = ber.octets(engine) + ber.octets(to.context) + ber.tlv(pdu_type, pdu)
    return ber.tlv(ber.SEQUENCE, ber.integer(ber.V3) + ber.tlv(ber.SEQUENCE, header) +
                   ber.octets(ber.tlv(ber.SEQUENCE, security)) + ber.tlv(ber.SEQUENCE, scoped))


def report(to, engine, counter=UNKNOWN_ENGINE):
    return message(to, engine, ber.REPORT, [ber.varbind(counter, ber.integer(1, ber.COUNTER32))])


class Device:
    """A script for agent.Agent. `mute(message)` says which of its own engine's it only carries out.

    `probes` counts what had no engine id, `refused` and `done` keep what was meant for another
    engine and for its own.
    """

    def __init__(self, engine="first", mute=lambda m: False):
        self.engine, self.mute = engine_id(engine), mute
        self.probes, self.refused, self.done = 0, [], []

    def __call__(self, agent, packet, source):
        m = Message(packet.raw)
        if m.engine != self.engine:
            if m.engine:
                self.refused.append(m)
            else:
                self.probes += 1
            return report(m, self.engine)
        self.done.append(m)
        if self.mute(m):
            return None
        return message(m, self.engine, ber.RESPONSE,
                       [ber.varbind(o, ber.octets(self.engine)) for o in m.oids])

    def sets(self):
        """Request-ids of the SETs that were carried out, in their order."""
        return [m.request_id for m in self.done if m.pdu_type == ber.SET]
