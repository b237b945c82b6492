"""A scripted SNMP agent: a UDP socket, a thread, and a function that says what to send back.

It must never take part in what is tested: all it knows comes from ber.py.
"""
import bisect
import queue
import socket
import threading

import ber


class Agent:
    """Answers on a UDP port with whatever `script(agent, message, source)` makes of a packet.

    The script returns None, bytes or a list of bytes; exceptions in it are kept and raised by
    close(). Every packet received is kept as a ber.Message in `seen`.
    """

    def __init__(self, script, address="127.0.0.1", port=0):
        self.script = script
        self.seen = []
        self.errors = []
        self.arrived = queue.Queue()
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.sock.bind((address, port))
        self.address, self.port = self.sock.getsockname()
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def peer(self):
        return f"{self.address}:{self.port}"

    def _run(self):
        import select
        while True:
            ready, _, _ = select.select([self.sock, self._woken], [], [])
            if self._woken in ready:
                return
            data, source = self.sock.recvfrom(65536)
            try:
                message = ber.Message(data)
                self.seen.append(message)
                out = self.script(self, message, source)
                self.send(out, source)
            except Exception as error:  # handed to the test's thread by close()
                self.errors.append(error)
            self.arrived.put(data)

    def send(self, out, to, sock=None):
        for packet in [] if out is None else [out] if isinstance(out, bytes) else out:
            (sock or self.sock).sendto(packet, to)

    def wait(self, seconds=10):
        """Blocks until another packet has been taken and answered."""
        return self.arrived.get(timeout=seconds)

    def close(self):
        if self._thread.is_alive():
            self._wake.send(b"x")
            self._thread.join(10)
        for sock in (self.sock, self._wake, self._woken):
            sock.close()
        if self.errors:
            raise self.errors[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def silent(agent, message, source):
    """A device that does not answer."""
    return None


class Mib:
    """A script that answers like a proper agent from a dictionary {oid text: encoded value}."""

    def __init__(self, objects):
        self.objects = {ber.subids(name): value for name, value in objects.items()}
        self.order = sorted(self.objects)

    def next(self, oid):
        at = bisect.bisect_right(self.order, oid)
        return self.order[at] if at < len(self.order) else None

    def get(self, oid):
        return ber.varbind(oid, self.objects.get(oid) or ber.tlv(ber.NO_SUCH_OBJECT, b""))

    def get_next(self, oid):
        found = self.next(oid)
        if found is None:
            return ber.varbind(oid, ber.tlv(ber.END_OF_MIB_VIEW, b""))
        return ber.varbind(found, self.objects[found])

    def bulk(self, message):
        out = [self.get_next(o) for o in message.oids[:message.non_repeaters]]
        at = list(message.oids[message.non_repeaters:])
        for _ in range(message.max_repetitions):
            for i, oid in enumerate(at):
                out.append(self.get_next(oid))
                at[i] = self.next(oid) or oid
        return out

    def __call__(self, agent, message, source):
        if message.pdu_type == ber.GET_BULK:
            return ber.response(message, self.bulk(message))
        if message.pdu_type == ber.GET_NEXT:
            if message.version == ber.V1:
                for index, oid in enumerate(message.oids, 1):
                    if self.next(oid) is None:
                        same = [ber.varbind(o, ber.null()) for o in message.oids]
                        return ber.response(message, same, status=2, index=index)
            return ber.response(message, [self.get_next(o) for o in message.oids])
        if message.pdu_type == ber.SET:
            for oid, tag, content in message.varbinds:
                self.objects[oid] = ber.tlv(tag, content)
            self.order = sorted(self.objects)
        return ber.response(message, [self.get(o) for o in message.oids])
