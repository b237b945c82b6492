"""TCP devices that are slow to accept, close what is idle, or are not there."""
import queue
import select
import socket
import threading

import pytest

import ber
import harness
from agent import Mib

ROOT = "1.3.6.1.4.1.55555.1"
OID = f"{ROOT}.1.0"
MIB = {OID: ber.integer(1)}


class TcpAgent:
    """Answers on a TCP port, from when it is opened; until then its accept queue is full.

    The kernel completes no handshake for a full queue, so a connection stays half open until then.
    """

    FILLERS = 4

    def __init__(self, script):
        self.script, self.seen, self.clients, self.closed = script, [], [], queue.Queue()
        self.hang_up = False  # after each answer
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0)
        self.peer = "tcp:127.0.0.1:%d" % self.listener.getsockname()[1]
        self.fillers = []
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def fill(self):
        for _ in range(self.FILLERS):
            self.fillers.append(socket.socket())
            self.fillers[-1].setblocking(False)
            self.fillers[-1].connect_ex(self.listener.getsockname())
        # The first is in, or the queue would not be full.
        assert select.select([], [self.fillers[0]], [], harness.PATIENCE)[1]

    def open(self):
        for filler in self.fillers:
            filler.close()
        self._thread.start()

    def _answer(self, sock, data):
        while data:
            end = ber.read(data)[2]
            message, data = ber.Message(data[:end]), data[end:]
            self.seen.append(message)
            sock.sendall(self.script(self, message, None))
        if self.hang_up:
            sock.close()
            self.clients.remove(sock)
            self.closed.put(sock)

    def _run(self):
        while True:
            ready, _, _ = select.select([self.listener, self._woken, *self.clients], [], [])
            for sock in ready:
                if sock is self._woken:
                    return
                if sock is self.listener:
                    self.clients.append(sock.accept()[0])
                    continue
                data = sock.recv(65536)  # small messages: each comes whole
                if data:
                    self._answer(sock, data)
                else:
                    sock.close()
                    self.clients.remove(sock)

    def close(self):
        if self._thread.is_alive():
            self._wake.send(b"x")
            self._thread.join(10)
        for sock in (self.listener, self._wake, self._woken, *self.clients, *self.fillers):
            sock.close()


@pytest.fixture
def device():
    agent = TcpAgent(Mib(MIB))
    yield agent
    agent.close()


@pytest.mark.parametrize("how", ["deadline", "cancelled"])
def test_set_that_is_over_before_the_connection_is_there_is_never_sent(client, device, how):
    """What waited on a connection is not sent when its request has ended meanwhile."""
    device.fill()
    keys = {"op": "set", "peer": device.peer, "set": [[OID, "i", 2]], "timeout_ms": 60_000}
    mine = client.send({**keys, **({"deadline_ms": 100} if how == "deadline" else {})})[0]
    behind = client.send({"op": "get", "peer": device.peer, "oids": [OID], "timeout_ms": 60_000})[0]
    if how == "cancelled":
        assert client.ask(op="cancel", target=mine)["cancelled"] is True
    assert harness.error_of(client.collect([mine])[mine])[0] == how
    assert behind not in client.replies
    device.open()
    # It was queued behind the SET: what the SET sends comes before it.
    assert harness.varbinds(client.collect([behind])[behind]) == {OID: 1}
    assert [m.pdu_type for m in device.seen] == [ber.GET]


def test_connection_that_the_device_closed_is_made_again(client, device):
    device.hang_up = True
    device.open()
    for n in range(5):
        reply = client.ask(op="get", peer=device.peer, oids=[OID], timeout_ms=500, retries=5)
        assert harness.varbinds(reply) == {OID: 1}
        device.closed.get(timeout=harness.PATIENCE)
        assert len(device.seen) == n + 1


def test_refused_connection_is_unreachable(client):
    port = harness.free_port()
    reply = client.ask(op="get", peer=f"tcp:127.0.0.1:{port}", oids=[OID], timeout_ms=100,
                       retries=1)
    assert harness.error_of(reply) == ("unreachable", 102)
    assert reply["error"]["retryable"] is True
    client.alive()
