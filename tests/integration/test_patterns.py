"""Messages like one before, which the broker copies rather than decodes: what is wrong with one is
refused as if it were the first, and nothing of its body is carried out."""
import pytest

import ber
import harness
from agent import Mib

FIRST = "1.3.6.1.4.1.55555.1.1.0"


@pytest.fixture
def device(new_agent):
    return new_agent(Mib({FIRST: ber.integer(1)}))


def message(device, number):
    return {"id": number, "op": "get", "peer": device.peer, "oids": [FIRST]}


@pytest.fixture
def known(client, device):
    """Two of a kind have been answered."""
    for number in (100001, 100002):
        reply = client.ask(**message(device, number))
        assert list(reply["varbinds"]) == [FIRST], reply
    return harness.pack(message(device, 5))


# How a message that is known is spoilt; its id is the byte at 4.
SPOILT = {
    "a byte behind": lambda m: m + b"\xc0",
    "one more behind": lambda m: m + m,
    "cut off": lambda m: m[:-1],
    "cut off behind the id": lambda m: m[:5],
    "an array for the id": lambda m: m[:4] + b"\x91" + m[5:],
    "a map for the id": lambda m: m[:4] + b"\x81" + m[5:],
    "in a batch, cut off": lambda m: b"\x92" + m + m[:-1],
    "in a batch, a byte behind": lambda m: b"\x92" + m + m + b"\xc0",
    "in a batch, one too few": lambda m: b"\x93" + m + m,
    "in a batch, an array for the id": lambda m: b"\x92" + m + m[:4] + b"\x91" + m[5:],
    "in a batch, a map for the id": lambda m: b"\x92" + m + m[:4] + b"\x81" + m[5:],
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_known_message_spoilt(client, known, name):
    before = client.info()["requests_accepted"]
    client.send_raw(SPOILT[name](known))
    reply = client.receive()
    reply = reply[0] if isinstance(reply, list) else reply
    assert reply["id"] is None, reply
    assert harness.error_of(reply)[0] == "bad_request"
    assert client.info()["requests_accepted"] == before
    client.alive()


def test_a_known_message_with_wrong_values(client, known, device):
    for key, value in (("peer", "not a peer"), ("peer", ""), ("peer", 7), ("id", -1), ("id", 1.5),
                       ("id", "x" * 65)):
        spoilt = message(device, 100003) | {key: value}
        client.send_raw(harness.pack(spoilt))
        reply = client.receive()
        assert harness.error_of(reply)[0] == "bad_request", (key, value, reply)
        assert key in reply["error"]["message"], reply
    client.alive()
