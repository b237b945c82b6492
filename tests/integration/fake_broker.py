"""A broker that says what a test wants: for what a real one would never do, or not on demand.

It knows nothing of SNMP. Each message goes to a function of the test's; what that returns goes back
to the client. It ends when closed, and waits for nothing without a bound.
"""
import threading

import msgpack
import zmq

INTEGER, STRING, OID, IP, COUNTER32, GAUGE32, TIMETICKS, OPAQUE = 2, 4, 6, 64, 65, 66, 67, 68
COUNTER64 = 70
NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW = 128, 129, 130


def pack(message):
    return msgpack.packb(message, use_bin_type=True)


def failure(code, name, message, index=0, sent="yes"):
    return {"code": code, "name": name, "message": message, "index": index, "retryable": False,
            "sent": sent}


class FakeBroker:
    """
    answer(message) returns a reply, a list of replies, bytes (a whole body as it is) or None (no
    reply at all). Pings are answered by themselves unless deaf. Replies get the id and the peer of
    their message where they name none. `messages` are those that came, pings left out.
    """

    def __init__(self, answer, deaf=False, as_batch=None, delimiter=False):
        self.answer, self.deaf, self.as_batch, self.delimiter = answer, deaf, as_batch, delimiter
        self.messages, self.bodies, self.pings = [], [], 0
        self.sock = zmq.Context.instance().socket(zmq.ROUTER)
        self.sock.linger = 0
        port = self.sock.bind_to_random_port("tcp://127.0.0.1")
        self.endpoint = f"tcp://127.0.0.1:{port}"
        self.came = threading.Condition()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._end.is_set():
            if self.sock.poll(50):
                identity, *_, body = self.sock.recv_multipart()
                self._serve(identity, msgpack.unpackb(body, raw=False))
        self.sock.close(0)

    def _serve(self, identity, body):
        with self.came:
            self.bodies.append(body)
        batch = isinstance(body, list) if self.as_batch is None else self.as_batch
        out = []
        for message in body if isinstance(body, list) else [body]:
            for reply in self._replies(message):
                if isinstance(reply, bytes):
                    self._send(identity, reply)
                elif batch:
                    out.append(reply)
                else:
                    self._send(identity, pack(reply))
        if out:
            self._send(identity, pack(out))

    def _replies(self, message):
        if message["op"] == "ping" and message["id"] == 2**64 - 1:
            with self.came:
                self.pings += 1
                self.came.notify_all()
            return [] if self.deaf else [{"id": message["id"], "pong": True}]
        with self.came:
            self.messages.append(message)
            self.came.notify_all()
        replies = self.answer(message)
        if replies is None:
            return []
        replies = replies if isinstance(replies, list) else [replies]
        for reply in replies:
            if isinstance(reply, dict):
                reply.setdefault("id", message.get("id"))
                if "peer" in message:
                    reply.setdefault("peer", message["peer"])
        return replies

    def _send(self, identity, body):
        self.sock.send_multipart([identity] + ([b""] if self.delimiter else []) + [body])

    def wait_messages(self, count, seconds=60):
        with self.came:
            assert self.came.wait_for(lambda: len(self.messages) >= count, seconds), self.messages
            return list(self.messages)

    def wait_pings(self, count, seconds=60):
        with self.came:
            assert self.came.wait_for(lambda: self.pings >= count, seconds), self.pings

    def close(self):
        self._end.set()
        self._thread.join(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
