"""The conformance vectors, run with nothing but pyzmq and msgpack."""
import sys

import pytest
import zmq

import harness

sys.path.insert(0, str(harness.TOP / "tests" / "vectors"))
import vectors  # noqa: E402

CASES = vectors.load()


class Runner:
    """A DEALER that does what a case says."""

    def __init__(self, endpoint, port):
        self.port = port
        self.sock = zmq.Context.instance().socket(zmq.DEALER)
        self.sock.linger = 0
        self.sock.connect(endpoint)

    def receive(self):
        """One body, its replies and whether a delimiter came in front of it."""
        if not self.sock.poll(harness.PATIENCE * 1000):
            raise AssertionError("a reply is missing")
        *front, body = self.sock.recv_multipart()
        assert front in ([], [b""]), front
        body = harness.unpack(body)
        return body if isinstance(body, list) else [body], bool(front)

    def run(self, case):
        """What is wrong, a line each."""
        replies, fronts, bodies = [], set(), 0
        for body in [*case.send, None]:
            wanted = body.after if body else len(case.replies)
            while len(replies) < wanted:
                more, front = self.receive()
                replies += more
                fronts.add(front)
                bodies += 1
            if body:
                front = [b""] if body.delimiter else []
                frames = [body.data, *body.frames]
                self.sock.send_multipart(front + vectors.with_port(frames, self.port))
        problems = vectors.judge(case, replies, self.port)
        if case.bodies not in (None, bodies):
            problems.append(f"{bodies} bodies instead of {case.bodies}")
        if fronts != {body.delimiter for body in case.send}:
            problems.append("delimiters do not come back as they went")
        return problems + self.rest()

    def rest(self):
        """What has come besides; a ping shows that nothing else is there."""
        self.sock.send(harness.pack({"op": "ping", "id": "the end"}))
        problems = []
        while True:
            replies, _ = self.receive()
            problems += [f"one reply too many: {reply}" for reply in replies
                         if reply.get("id") != "the end"]
            if any(reply.get("id") == "the end" for reply in replies):
                return problems

    def close(self):
        self.sock.close()


@pytest.fixture(scope="module")
def serve():
    with vectors.Serve() as one:
        yield one


@pytest.fixture
def runner(serve):
    one = Runner(serve.endpoint, serve.port)
    yield one
    one.close()


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_vector(runner, case):
    problems = runner.run(case)
    assert not problems, "\n".join(problems)
