"""Calls to the service at work: `devices` while they come and go, `cancel` by shared ids."""
import ber
import harness
from agent import Mib

OID = "1.3.6.1.4.1.55555.1.1.0"
DEVICES_MAX, WAVE, WAVES = 2000, 500, 10


def address(number):
    return f"127.{5 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


def test_devices_while_devices_come_and_go(new_broker, new_dealer, dead):
    """Those who look on keep no device, and see none twice."""
    broker = new_broker("--workers", "1", config=harness.config(devices_max=DEVICES_MAX))
    client, surveyor = new_dealer(broker.ipc), new_dealer(broker.ipc)
    for wave in range(WAVES):
        surveys = surveyor.send(*({"op": "devices", "limit": 10_000} for _ in range(2)))
        gets = client.send(*({"op": "get", "peer": f"{address(wave * WAVE + n)}:{dead.port}",
                              "oids": [OID], "timeout_ms": 1, "retries": 0}
                             for n in range(WAVE)))
        surveys += surveyor.send(*({"op": "devices", "limit": 10_000} for _ in range(2)))
        client.collect(gets)
        for reply in surveyor.collect(surveys).values():
            peers = [row["peer"] for row in reply["devices"]]
            assert len(set(peers)) == len(peers), "a device is listed twice"
            # Those in use come on top: they are never let go.
            assert reply["known"] <= DEVICES_MAX + WAVE
    assert DEVICES_MAX <= client.info()["devices"] <= DEVICES_MAX + WAVE
    assert len(surveyor.ask(op="devices", limit=10)["devices"]) == 10


def replies_of(client, count):
    """So many replies, whatever their ids."""
    replies = []
    while len(replies) < count:
        body = client.receive()
        replies += body if isinstance(body, list) else [body]
    return replies


def test_requests_that_share_an_id_are_all_answered(client, new_agent):
    device, many = new_agent(Mib({OID: ber.integer(1)})), 200
    client.send(*({"id": "same", "op": "get", "peer": device.peer, "oids": [OID]}
                  for _ in range(many)))
    for reply in replies_of(client, many):
        assert reply["id"] == "same" and harness.varbinds(reply) == {OID: 1}
    client.alive()


def test_cancel_by_a_shared_id_cancels_one(client, dead):
    many = 10
    client.send(*({"id": "same", "op": "get", "peer": f"127.0.0.1:{dead.port}", "oids": [OID],
                   "timeout_ms": 60_000} for _ in range(many)))
    for n in range(many):
        client.send({"id": f"cancel {n}", "op": "cancel", "target": "same"})
        both = {reply["id"]: reply for reply in replies_of(client, 2)}
        assert both[f"cancel {n}"]["cancelled"] is True
        assert harness.error_of(both["same"]) == ("cancelled", 303)
        client.alive()  # and no other reply came
    again = client.ask(op="cancel", target="same")
    assert harness.error_of(again) == ("unknown_request", 404)
