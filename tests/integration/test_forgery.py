"""Forged answers by the hundred thousand, while true ones are outstanding.

The attackers know communities, ports and the ids of the requests that they may have seen on the
way; one is a device itself that is polled, and guesses the ids of its neighbour's requests.
"""
import itertools
import random
import socket
import time

import pytest

import ber
import harness

ROOT = "1.3.6.1.4.1.55555.1"
FORGED, TRUE = ber.integer(666), 1
BURST = 100  # datagrams that fit any receive buffer
DEVICES, REQUESTS = 16, 3
EITHER = "unknown_id or wrong_source"  # as the port is another worker's or another socket of one
DROPS = ("malformed", "unknown_id", "wrong_source", "wrong_version", "not_response", "rejected",
         "kernel")


def response(message, value, **changes):
    return ber.response(message, [ber.varbind(oid, value) for oid in message.oids], **changes)


class Attack:
    """A flood in bursts: each is counted by the broker before the next one leaves."""

    def __init__(self, client):
        self.client, self.sent, self.expected, self.waiting = client, 0, {}, 0
        self.before = client.info()

    def moved(self, info=None):
        info = info or self.client.info()
        return {name: info["drop_" + name] - self.before["drop_" + name] for name in DROPS}

    def settle(self):
        end = time.monotonic() + harness.PATIENCE
        while sum(self.moved().values()) < self.sent:
            assert time.monotonic() < end, (self.sent, self.moved())
        self.waiting = 0

    def send(self, sock, packet, to, counter):
        sock.sendto(packet, to)
        self.sent += 1
        self.expected[counter] = self.expected.get(counter, 0) + 1
        self.waiting += 1
        if self.waiting == BURST:
            self.settle()

    def check(self):
        """Each datagram was dropped for its own reason, but for those that the kernel lost."""
        self.settle()
        moved = self.moved()
        lost = moved.pop("kernel")
        assert sum(moved.values()) + lost == self.sent
        for name, count in moved.items():
            expected = self.expected.get(name, 0)
            either = self.expected.get(EITHER, 0) if name in ("unknown_id", "wrong_source") else 0
            assert expected - lost <= count <= expected + either, (name, count, self.expected)


class Slow:
    """A script that keeps what it is asked until it is told to answer."""

    def __init__(self):
        self.kept = []

    def __call__(self, agent, message, source):
        self.kept.append((message, source))

    def answer(self, agent, count):
        for message, source in self.kept[:count]:
            agent.send(response(message, ber.integer(TRUE)), source)
        del self.kept[:count]


@pytest.fixture
def victims(client, new_agent):
    """Devices that are slow, with requests outstanding, and the ids of those."""
    devices = [new_agent(Slow(), address=f"127.24.0.{i + 1}") for i in range(DEVICES)]
    ids = client.send(*({"op": "get", "peer": device.peer, "oids": [f"{ROOT}.{i}.0"],
                         "timeout_ms": 60000, "retries": 0}
                        for device in devices for i in range(1, REQUESTS + 1)))
    for device in devices:
        for _ in range(REQUESTS):
            device.wait(harness.PATIENCE)
    return devices, ids


def check_answers(client, victims):
    devices, ids = victims
    assert not set(ids) & client.replies.keys(), "a forged answer was taken"
    for device in devices:
        device.script.answer(device, REQUESTS)
    replies = client.collect(ids)
    for key, number in zip(ids, itertools.cycle(range(1, REQUESTS + 1))):
        assert harness.varbinds(replies[key]) == {f"{ROOT}.{number}.0": TRUE}


def stranger(address, port=0):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, port))
    return sock


@pytest.mark.heavy
def test_flood_from_all_sides(client, victims):
    rng = random.Random(1)
    devices, _ = victims
    outstanding = [(device, message, source) for device in devices
                   for message, source in device.script.kept]
    taken = {message.request_id for _, message, _ in outstanding}
    ports = sorted({source for _, _, source in outstanding})
    assert len(ports) >= 2, "devices are spread over sockets"
    # Each with an address of its own: two devices may have the same port.
    same_port = {device: stranger(f"127.24.1.{i}", device.port)
                 for i, device in enumerate(devices, 1)}
    elsewhere = {device: stranger(device.address) for device in devices}
    attack = Attack(client)

    def free_id():
        while True:
            number = rng.randrange(-2**31, 2**31)
            if number not in taken:
                return number

    try:
        for _ in range(harness.scaled(150_000, 1000) // 10):
            device, message, source = rng.choice(outstanding)
            other = rng.choice([port for port in ports if port != source])
            true_id = response(message, FORGED)
            wrong_id = response(message, FORGED, request_id=free_id())
            attack.send(same_port[device], true_id, source, "wrong_source")
            attack.send(elsewhere[device], true_id, source, "wrong_source")
            attack.send(same_port[device], wrong_id, source, "unknown_id")
            attack.send(device.sock, true_id, other, EITHER)
            attack.send(device.sock, wrong_id, source, "unknown_id")
            attack.send(device.sock, wrong_id, other, "unknown_id")
            attack.send(device.sock, response(message, FORGED, community=rng.randbytes(6)), source,
                        "wrong_version")
            attack.send(device.sock, response(message, FORGED, version=ber.V1), source,
                        "wrong_version")
            attack.send(device.sock, response(message, FORGED, pdu_type=ber.GET), source,
                        "not_response")
            attack.send(device.sock, true_id[:rng.randrange(20)], source, "malformed")
        attack.check()
        check_answers(client, victims)
    finally:
        for sock in (*same_port.values(), *elsewhere.values()):
            sock.close()


@pytest.mark.heavy
def test_device_that_guesses_ids_for_its_neighbour(client, new_agent, victims):
    """It is polled, and so sees ids and ports; what it makes of them hits nobody but by address."""
    devices, _ = victims
    outstanding = [(message, source) for device in devices
                   for message, source in device.script.kept]
    taken = {message.request_id for message, _ in outstanding}
    ports = sorted({source for _, source in outstanding})
    attacker = new_agent(lambda agent, m, source: response(m, ber.integer(TRUE)),
                         address="127.24.2.1")
    for number in range(50):
        harness.varbinds(client.ask(op="get", peer=attacker.peer, oids=[f"{ROOT}.{number}.0"],
                                    timeout_ms=60000))
    seen = [message.request_id for message in attacker.seen]
    attack = Attack(client)

    def guesses():
        for number in itertools.count(1):
            yield number
            yield seen[number % len(seen)]
            yield seen[number % len(seen)] + number // len(seen) + 1
            yield seen[number % len(seen)] - number // len(seen) - 1
            if number % 5 == 0:  # and somebody has told it
                yield outstanding[number // 5 % len(outstanding)][0].request_id

    model, _ = outstanding[0]
    for number, guess in zip(range(harness.scaled(50_000, 500)), guesses()):
        guess = (guess + 2**31) % 2**32 - 2**31
        attack.send(attacker.sock, response(model, FORGED, request_id=guess),
                    ports[number % len(ports)],
                    EITHER if guess in taken else "unknown_id")
    attack.check()
    check_answers(client, victims)
    # What it answers about itself is believed still.
    reply = client.ask(op="get", peer=attacker.peer, oids=[f"{ROOT}.1.0"], timeout_ms=60000)
    assert harness.varbinds(reply) == {f"{ROOT}.1.0": TRUE}
