"""Everything at once, many times, then an orderly stop: exactly one reply each, nothing left."""
import random

import pytest

import harness

SYSTEM, IF_TABLE = "1.3.6.1.2.1.1", "1.3.6.1.2.1.2.2"
NAME, CONTACT, UPTIME = (f"{SYSTEM}.{n}.0" for n in (5, 4, 3))
USERS = [("MD5", "DES"), ("SHA", "AES"), ("SHA-256", "AES-256"), ("SHA-512", None), (None, None)]
AUTH, PRIV = "auth pass phrase", "priv pass phrase"
OUTSTANDING = 5000  # requests of one client without an answer


def user_option(auth, priv):
    level = "authPriv" if priv else "authNoPriv" if auth else "noAuthNoPriv"
    parts = [f"u{auth}{priv}", level]
    parts += [auth, AUTH] if auth else []
    parts += [priv, PRIV] if priv else []
    return ":".join(parts)


def user_keys(auth, priv):
    keys = {"version": 3, "user": f"u{auth}{priv}"}
    if auth:
        keys.update(auth_proto=auth, auth_pass=AUTH)
    if priv:
        keys.update(priv_proto=priv, priv_pass=PRIV)
    return keys


class Mixer:
    """Draws requests; each comes with a function that judges its reply."""

    def __init__(self, rng, sim, dead):
        self.rng, self.sim, self.dead = rng, sim, dead
        self.recent = []
        self.kinds = [(self.get, 30), (self.v1, 8), (self.get_next, 8), (self.bulk, 8),
                      (self.walk, 8), (self.v3, 15), (self.set, 6), (self.refused_set, 2),
                      (self.no_such_name, 2), (self.silent, 4), (self.bad, 4), (self.cancel, 3),
                      (self.admin, 1), (self.wrong_community, 1)]

    def draw(self):
        kinds, weights = zip(*self.kinds)
        message, judge = self.rng.choices(kinds, weights)[0]()
        message["id"] = harness.Dealer.new_id()
        self.recent = self.recent[-200:] + [message["id"]]
        return message, judge

    def peer(self):
        return self.sim.peer(self.rng.randrange(500))

    # A cancel may hit any request: that is an answer too.
    @staticmethod
    def ok(test):
        def judge(reply):
            if "error" in reply:
                assert reply["error"]["name"] == "cancelled", reply
            else:
                assert test(reply["varbinds"]), reply
        return judge

    @staticmethod
    def error(*names):
        def judge(reply):
            assert harness.error_of(reply)[0] in names + ("cancelled",), reply
        return judge

    def message(self, op, oids, **keys):
        form = self.rng.choice(("map", "list"))
        return {"op": op, "peer": self.peer(), "oids": oids, "form": form, "timeout_ms": 20_000,
                "timing": self.rng.random() < 0.1, **keys}

    def get(self):
        return self.message("get", [NAME, UPTIME]), self.ok(lambda v: len(v) == 2)

    def v1(self):
        return self.message("get", [NAME], version="1"), self.ok(lambda v: len(v) == 1)

    def get_next(self):
        return (self.message("get_next", [SYSTEM, IF_TABLE], version=self.rng.choice((1, 2))),
                self.ok(lambda v: len(v) == 2))

    def bulk(self):
        n = self.rng.randint(1, 40)
        return (self.message("get_bulk", [SYSTEM, IF_TABLE], non_repeaters=1, max_repetitions=n),
                self.ok(lambda v: 1 < len(v) <= n + 1))

    def walk(self):
        keys = self.rng.choice(({}, {"version": 1}, {"bulk": False}, {"max_repetitions": 3},
                                {"limit": 10}))
        return self.message("walk", [IF_TABLE], **keys), self.ok(
            lambda v: len(v) == (10 if "limit" in keys else 44))

    def v3(self):
        op, oid = self.rng.choice((("get", NAME), ("walk", SYSTEM)))
        return self.message(op, [oid], **user_keys(*self.rng.choice(USERS))), self.ok(
            lambda v: len(v) >= 1)

    def set(self):
        message = self.message("set", None, set=[[CONTACT, "s", f"c{self.rng.random()}"]],
                               community="private")
        del message["oids"]
        return message, self.ok(lambda v: len(v) == 1)

    def refused_set(self):
        message = self.message("set", None, set=[[CONTACT, "i", 1]], community="private")
        del message["oids"]
        return message, self.error("wrongType")

    def no_such_name(self):
        return self.message("get", ["1.3.6.1.9.9.0"], version=1), self.error("noSuchName")

    def silent(self):
        peer = f"127.3.{self.rng.randrange(20)}.{self.rng.randrange(256)}:{self.dead.port}"
        return (self.message(self.rng.choice(("get", "walk")), [NAME], peer=peer, timeout_ms=100,
                             retries=self.rng.randrange(3)),
                self.error("timeout", "device_down"))

    def wrong_community(self):
        return (self.message("get", [NAME], community="wrong", timeout_ms=100, retries=0),
                self.error("timeout"))

    def bad(self):
        return self.rng.choice((
            {"op": "nonsense"}, {"op": "get"}, self.message("get", ["1.3.x"]),
            self.message("get", []), self.message("set", [NAME]),
            self.message("get", [NAME], timeout_ms=-1), {"op": "cancel"},
            self.message("get", [NAME], must=["miracles"]),
        )), self.error("bad_request", "unsupported")

    def cancel(self):
        def judge(reply):
            assert reply.get("cancelled") is True or harness.error_of(reply)[
                0] == "unknown_request", reply
        target = self.rng.choice(self.recent) if self.recent else 0
        return {"op": "cancel", "target": target}, judge

    def admin(self):
        op = self.rng.choice(("ping", "info", "devices"))

        def judge(reply):
            # Lists of devices are made one after the other, and few wait.
            assert "error" not in reply or (
                op == "devices" and harness.error_of(reply)[0] == "queue_full"), reply
        return {"op": op}, judge


@pytest.mark.heavy
def test_many_mixed_requests_and_an_orderly_stop(new_broker, new_dealer, new_sim, dead):
    users = [part for user in USERS for part in ("--user", user_option(*user))]
    sim = new_sim("--interfaces", "2", *users)
    broker = new_broker("--workers", "2")
    rng = random.Random(20260102)
    clients = [new_dealer(e, delimiter=d) for e in (broker.ipc, broker.tcp) for d in (False, True)]
    mixers = [Mixer(rng, sim, dead) for _ in clients]
    judges = [{} for _ in clients]
    total, sent = harness.scaled(100_000, 2000), 0
    while sent < total:
        for client, mixer, waiting in zip(clients, mixers, judges):
            drawn = [mixer.draw() for _ in range(rng.choice((1, 1, 10, 100)))]
            waiting.update((message["id"], judge) for message, judge in drawn)
            client.send(*(message for message, _ in drawn))
            sent += len(drawn)
            while client.sock.poll(0) or len(waiting) > OUTSTANDING:
                client.take(client.receive())
                settle(client, waiting)
    for client, waiting in zip(clients, judges):
        while waiting:
            client.take(client.receive())
            settle(client, waiting)
    for client in clients:
        client.alive()
    info = clients[0].info()
    assert info["requests_in_flight"] == info["requests_queued"] == 0
    assert info["requests_accepted"] == info["requests_ok"] + info["requests_failed"]
    assert info["hook_trips"] == 0
    broker.end()


def settle(client, waiting):
    """Judges what has come. A second reply to an id finds no judge: it fails the test."""
    for key, reply in client.replies.items():
        assert key in waiting, f"a reply that nobody waits for: {reply}"
        waiting.pop(key)(reply)
    client.replies.clear()
    client.order.clear()
