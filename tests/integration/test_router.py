"""The broker's front: REQ and DEALER, delimiters, batches, many clients, clients that misbehave."""
import os
import signal
import socket
import subprocess
import sys

import pytest

import ber
import harness
from agent import Mib

ROOT = "1.3.6.1.4.1.55555.1"
OID = f"{ROOT}.1.0"


@pytest.fixture
def device(new_agent):
    return new_agent(Mib({f"{ROOT}.{n}.0": ber.integer(n) for n in range(1, 20)}))


def get(device, **keys):
    return {"op": "get", "peer": device.peer, "oids": [OID], **keys}


@pytest.fixture(params=["ipc", "tcp"])
def endpoint(broker, request):
    return getattr(broker, request.param)


def test_req(endpoint, device):
    with harness.Req(endpoint) as client:
        for n in range(20):
            reply = client.ask(get(device, id=n))
            assert reply["id"] == n and reply["varbinds"] == {OID: 1}


def test_req_batch_gets_exactly_one_reply_with_all(endpoint, device, dead):
    """REQ takes one message: quick and slow requests, errors and pings together."""
    slow = {"op": "get", "peer": f"127.0.0.1:{dead.port}", "oids": [OID], "timeout_ms": 200,
            "retries": 0}
    with harness.Req(endpoint) as client:
        for _ in range(3):
            batch = [get(device, id="a"), dict(slow, id="b"), {"op": "ping", "id": "c"},
                     {"op": "nonsense", "id": "d"}, get(device, id="e"), {"op": "info", "id": "f"},
                     {"op": "devices", "id": "g"}, {"op": "cancel", "id": "h", "target": "x"}]
            replies = client.ask(batch)
            assert isinstance(replies, list)
            assert sorted(r["id"] for r in replies) == list("abcdefgh")
        assert client.ask([{"op": "ping", "id": 1}])[0]["id"] == 1
        assert isinstance(client.ask({"op": "ping"}), dict)


def test_dealer_with_a_delimiter_gets_it_back(endpoint, new_dealer, device):
    client = new_dealer(endpoint, delimiter=True)
    assert client.ask(**get(device))["varbinds"] == {OID: 1}
    assert len(client.ask_all(*(get(device) for _ in range(50)))) == 50


def test_dealer_without_a_delimiter(endpoint, new_dealer, device):
    client = new_dealer(endpoint)
    assert client.ask(**get(device))["varbinds"] == {OID: 1}


def test_with_and_without_delimiter_on_one_connection(endpoint, new_dealer, device):
    """Each reply is framed as its own request was."""
    client = new_dealer(endpoint)
    for n in range(20):
        frames = [harness.pack(get(device, id=n))]
        client.send_raw(*([b""] if n % 2 else []), *frames)
    for _ in range(20):
        assert client.sock.poll(harness.PATIENCE * 1000)
        frames = client.sock.recv_multipart()
        body = harness.unpack(frames[-1])
        assert len(frames) == (2 if body["id"] % 2 else 1)


def test_maps_in_maps_out_arrays_in_arrays_out(endpoint, new_dealer, device):
    single, batched = new_dealer(endpoint), new_dealer(endpoint)
    ids = [single.send(get(device))[0] for _ in range(100)]
    single.collect(ids)
    assert set(single.bodies) == {dict} and len(single.bodies) == 100
    batched.collect(batched.send(*(get(device) for _ in range(500))))
    batched.collect(batched.send(get(device), batch=True))
    assert set(batched.bodies) == {list}


def test_replies_travel_together(endpoint, new_dealer, device):
    """As many replies as are ready come in one array: far fewer arrays than requests."""
    client = new_dealer(endpoint)
    client.collect(client.send(*({"op": "ping"} for _ in range(2000))))
    assert len(client.bodies) < 500


def test_a_slow_request_does_not_hold_its_batch(endpoint, new_dealer, device, dead):
    client = new_dealer(endpoint)
    ids = client.send(*(get(device) for _ in range(50)),
                      {"op": "get", "peer": f"127.0.0.1:{dead.port}", "oids": [OID],
                       "timeout_ms": 3000, "retries": 0})
    client.collect(ids[:-1])
    assert ids[-1] not in client.replies
    client.send({"op": "cancel", "target": ids[-1]})
    client.collect(ids)


def test_batch_limit(endpoint, new_dealer):
    client = new_dealer(endpoint)
    assert len(client.ask_all(*({"op": "ping"} for _ in range(10_000)))) == 10_000
    client.send_raw(harness.pack([{"op": "ping", "id": -n} for n in range(10_001)]))
    reply = client.receive()
    reply = reply[0] if isinstance(reply, list) else reply
    assert harness.error_of(reply) == ("too_large", 402) and reply["id"] is None
    client.alive()


def test_many_clients(broker, new_dealer, device):
    clients = [new_dealer((broker.ipc, broker.tcp)[n % 2]) for n in range(100)]
    ids = [(c, c.send(get(device, id=f"same for all {n % 7}"))[0]) for n, c in enumerate(clients)]
    for client, key in ids:
        assert client.collect([key])[key]["varbinds"] == {OID: 1}
    for client in clients[::10]:
        client.alive()


def test_identity_set_by_the_client(endpoint, new_dealer, device):
    names = [b"me", b"x" * 255, b"\x01\x00\xff", "näme".encode()]
    clients = [new_dealer(endpoint, identity=name) for name in names]
    for client in clients:
        assert client.ask(**get(device))["varbinds"] == {OID: 1}
    for client in clients:
        client.alive()


def test_second_client_with_a_taken_identity(endpoint, new_dealer):
    """The newcomer takes over, as a client does that comes back; all others notice nothing."""
    first, bystander = new_dealer(endpoint, identity=b"taken"), new_dealer(endpoint)
    first.alive()
    second = new_dealer(endpoint, identity=b"taken")
    for _ in range(5):
        second.alive()
        bystander.alive()


def test_client_that_vanishes(broker, new_dealer, device, dead):
    """Its work is finished or dropped; nobody else notices."""
    stays = new_dealer(broker.ipc)
    for n in range(20):
        client = new_dealer((broker.ipc, broker.tcp)[n % 2])
        client.alive()
        client.send(*(get(device) for _ in range(50)),
                    *({"op": "get", "peer": f"127.0.{n}.{k}:{dead.port}", "oids": [OID],
                       "timeout_ms": 300, "retries": 0} for k in range(1, 6)))
        client.close()
        assert stays.ask(**get(device))["varbinds"] == {OID: 1}
    end = stays.ask(op="get", peer=f"127.0.0.1:{dead.port}", oids=[OID], timeout_ms=300, retries=0)
    assert harness.error_of(end)[0] in ("timeout", "device_down")
    for _ in range(1000):  # each round takes a round trip: bounded by count, not by the clock
        info = stays.info()
        if info["requests_in_flight"] + info["requests_queued"] == 0:
            break
        stays.ask(op="get", peer=f"127.0.0.2:{dead.port}", oids=[OID], timeout_ms=50, retries=0)
    else:
        raise AssertionError(f"work of clients that are gone never ends: {info}")


def test_client_that_is_killed(new_broker, new_dealer, device):
    """A process that dies in mid-flight, with replies on their way to it."""
    broker = new_broker(config=harness.config(grace_ms=100))
    program = (
        "import sys, zmq, msgpack\n"
        "s = zmq.Context().socket(zmq.DEALER)\n"
        "s.connect(sys.argv[1])\n"
        "s.send(msgpack.packb({'op': 'ping', 'id': 0}))\n"
        "s.recv()\n"
        "m = {'op': 'walk', 'peer': sys.argv[2], 'oids': [sys.argv[3]]}\n"
        "s.send(msgpack.packb([dict(m, id=i) for i in range(500)]))\n"
        "s.recv()\n"
        "print('go', flush=True)\n"
        "sys.stdin.read()\n")
    for endpoint in (broker.ipc, broker.tcp):
        victim = subprocess.Popen([sys.executable, "-c", program, endpoint, device.peer, ROOT],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            assert victim.stdout.readline() == b"go\n"
        finally:
            victim.send_signal(signal.SIGKILL)
            victim.wait(harness.PATIENCE)
            victim.stdin.close()
            victim.stdout.close()
        new_dealer(endpoint).alive()


WALK = {"op": "walk", "oids": ["1.3.6.1.2.1.2.2"], "form": "list", "max_repetitions": 200}


def flood(lazy, other, sim, waves):
    """
    Has the broker make replies of some 300 KiB each for a client that does not read them, ten at a
    time, while another is served. Returns the ids, and the most memory that the broker took.
    """
    ids, top = [], 0
    for _ in range(waves):
        ids += [lazy.send(dict(WALK, peer=sim.peer(n)))[0] for n in range(10)]
        for n in range(10_000):
            harness.varbinds(other.ask(op="get", peer=sim.peer(1000 + n % 100),
                                       oids=["1.3.6.1.2.1.1.5.0"]))
            info = other.info()
            if info["requests_accepted"] >= len(ids) and (
                    info["requests_in_flight"] + info["requests_queued"] == 0):
                break
        else:
            raise AssertionError(f"the walks never end: {info}")
        top = max(top, harness.rss_kib(info["pid"]))
    return ids, top


@pytest.mark.heavy
def test_client_that_does_not_read(new_broker, new_dealer, new_sim):
    """It costs bounded memory, far less than what it asked for, and another client is served."""
    sim = new_sim("--interfaces", "500", "--max-size", "65507")
    backlog = 8 << 20
    broker = new_broker(config=harness.config(client_backlog=backlog, backlog_total=2 * backlog,
                                              hwm=10))
    lazy = new_dealer(broker.ipc, rcvhwm=1, rcvbuf=4096)
    other = new_dealer(broker.tcp)
    lazy.alive()
    other.alive()
    before = broker.rss_kib()
    _, top = flood(lazy, other, sim, harness.scaled(80, 10))
    if not harness.SANITIZED:
        # The backlog, what ZeroMQ holds, and ten walks under way, in buffers that double.
        assert top - before < 2 * (backlog + (16 << 20)) // 1024, f"{top - before} KiB more"
    other.alive()


@pytest.mark.heavy
def test_client_that_reads_late_gets_a_reply_to_each(new_broker, new_dealer, new_sim):
    """Whatever the broker could not keep is replaced by an error; nothing vanishes."""
    sim = new_sim("--interfaces", "500", "--max-size", "65507")
    broker = new_broker(config=harness.config(client_backlog=4 << 20, hwm=10))
    lazy = new_dealer(broker.ipc, rcvhwm=1, rcvbuf=4096)
    other = new_dealer(broker.tcp)
    ids, _ = flood(lazy, other, sim, 10)
    replies = lazy.collect(ids, 10)
    whole = [r for r in replies.values() if "error" not in r]
    assert whole and all(len(r["varbinds"]) == 500 * 22 for r in whole)
    lazy.alive()


def test_client_that_reads_late_within_its_backlog(new_broker, new_dealer, new_sim):
    sim = new_sim("--interfaces", "100")
    broker = new_broker()
    lazy, other = new_dealer(broker.ipc, rcvhwm=1, rcvbuf=4096), new_dealer(broker.tcp)
    ids, _ = flood(lazy, other, sim, 10)
    assert all(harness.varbinds(r) for r in lazy.collect(ids).values())
    lazy.alive()


def test_peers_that_are_no_zmtp(broker, new_dealer):
    """Strangers on the port: HTTP, garbage, half a greeting, silence."""
    host, port = broker.tcp[len("tcp://"):].rsplit(":", 1)
    held = []
    try:
        for what in (b"GET / HTTP/1.0\r\n\r\n", bytes(range(256)) * 64, b"\xff" + b"\0" * 8 + b"\x7f",
                     b"", b"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03\x00NULL"):
            for _ in range(20):
                sock = socket.create_connection((host, int(port)), timeout=10)
                held.append(sock)
                try:
                    sock.sendall(what)
                except OSError:
                    pass
        client = new_dealer(broker.tcp)
        for _ in range(20):
            client.alive()
    finally:
        for sock in held:
            sock.close()
    new_dealer(broker.tcp).alive()


def test_ipc_socket_is_gone_after_the_end(new_broker):
    broker = new_broker()
    path = broker.ipc[len("ipc://"):]
    assert os.path.exists(path)
    broker.end()
    assert not os.path.exists(path)


def test_several_endpoints_and_a_wildcard_port(new_broker, new_dealer, directory):
    port = harness.free_port()
    binds = [f"ipc://{directory}/a", f"ipc://{directory}/b", f"tcp://127.0.0.1:{port}",
             "tcp://127.0.0.1:*"]
    broker = new_broker(bind=binds)
    assert not broker.tcp.endswith((":*", f":{port}")), broker.text()
    for endpoint in binds[:3] + [broker.tcp]:
        new_dealer(endpoint).alive()


def test_window_of_a_client(new_broker, new_dealer, dead):
    """More unanswered requests than a client may have: the rest is refused, not lost."""
    broker = new_broker(config=harness.config(client_window=100))
    client = new_dealer(broker.ipc)
    ids = client.send(*({"op": "get", "peer": f"127.0.0.{n % 200 + 1}:{dead.port}", "oids": [OID],
                         "timeout_ms": 500, "retries": 0} for n in range(300)))
    names = [harness.error_of(r)[0] for r in client.collect(ids).values()]
    assert names.count("timeout") == 100
    assert len(names) == 300 and set(names) <= {"timeout", "queue_full", "rate_limited"}
    other = new_dealer(broker.ipc, identity=b"zmq has its own queue for each")
    other.alive()
