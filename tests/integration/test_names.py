"""Name servers that answer in part, and requests that wait for a name."""
import pytest

import ber
import harness
from agent import Mib
from names import TYPE_A, TYPE_AAAA, NameServer, failure

OID = "1.3.6.1.4.1.55555.1.1.0"
HOST = "host.example.net"


@pytest.fixture
def device(new_agent):
    return new_agent(Mib({OID: ber.integer(1)}))


def ignore(packet):
    return None


@pytest.mark.parametrize("transport", ["", "udp:", "tcp:"])
@pytest.mark.parametrize("says", [ignore, failure], ids=["nothing", "failure"])
def test_name_server_that_knows_no_aaaa(new_broker, new_dealer, sim, says, transport):
    """An IPv4 address is enough, whatever becomes of the question for an IPv6 one."""
    name = "1.3.6.1.2.1.1.5.0"
    with NameServer({HOST: "127.0.0.1"}, special={TYPE_AAAA: says}) as server:
        client = new_dealer(new_broker(config=harness.config(
            dns_servers=server.peer, dns_timeout_ms=800)).ipc)
        for _ in range(3):
            reply = client.ask(op="get", peer=f"{transport}{HOST}:{sim.port}", oids=[name])
            assert list(harness.varbinds(reply)) == [name]
        assert (HOST, TYPE_A) in server.seen


def test_cancel_takes_one_of_those_that_wait_for_a_name(new_broker, new_dealer, device):
    """The look-up goes on for the others, and they are answered when the server speaks."""
    with NameServer({HOST: "127.0.0.1"}, special={TYPE_A: ignore, TYPE_AAAA: ignore}) as server:
        client = new_dealer(new_broker(config=harness.config(
            dns_servers=server.peer, dns_timeout_ms=60_000)).ipc)
        keys = client.send(*({"op": "get", "peer": f"{HOST}:{device.port}", "oids": [OID],
                              "timeout_ms": timeout} for timeout in (5000, 5001, 5002)))
        assert client.ask(op="cancel", target=keys[1])["cancelled"] is True
        gone = client.collect([keys[1]])[keys[1]]
        assert harness.error_of(gone) == ("cancelled", 303) and gone["error"]["sent"] == "no"
        client.alive()
        server.special = {}
        for reply in client.collect([keys[0], keys[2]]).values():
            assert harness.varbinds(reply) == {OID: 1}
    assert len(device.seen) == 2


def test_walk_that_never_began_says_where_to_begin(client):
    root = "1.3.6.1.2.1.2.2"
    reply = client.ask(op="walk", peer="no.such.host.invalid", oids=[root])
    assert harness.error_of(reply)[0] in ("bad_address", "unreachable")
    assert reply["complete"] is False and reply["next"] == root
