"""What the calls give, in each style."""

import pickle

import pytest
from styles import call

import zsnmp

SYSTEM = "1.3.6.1.2.1.1"
NAME = f"{SYSTEM}.5.0"
CONTACT = f"{SYSTEM}.4.0"
ABSENT = f"{SYSTEM}.99.0"
IF_ENTRY = "1.3.6.1.2.1.2.2.1"


def sim_name(peer):
    return f"sim-{peer.split(':')[0].replace('.', '-')}".encode()


def test_oids_of_all_kinds(style, device):
    want = {NAME: sim_name(device)}
    numbers = zsnmp.oid_tuple(NAME)
    for oids in (NAME, "." + NAME, NAME.encode(), numbers, [NAME], [numbers], iter([NAME]), list(numbers)):
        assert call(style, style.client.get, device, oids) == want


def test_keys_as_tuples_and_types(style, device):
    get = style.client.get
    key = zsnmp.oid_tuple(NAME)
    assert call(style, get, device, NAME, keys=tuple) == {key: sim_name(device)}
    assert call(style, get, device, NAME, types=True) == {NAME: (4, sim_name(device))}
    assert call(style, get, device, NAME, types=True, keys=tuple) == {key: (4, sim_name(device))}
    with pytest.raises(ValueError, match="keys"):
        call(style, get, device, NAME, keys=list)


def test_what_is_missing(style, device):
    missing = call(style, style.client.get, device, [ABSENT, IF_ENTRY + ".1.999"])
    assert list(missing.values()) == [zsnmp.NO_SUCH_OBJECT, zsnmp.NO_SUCH_INSTANCE]
    assert not any(missing.values()) and None not in missing.values()
    typed = call(style, style.client.get, device, ABSENT, types=True)
    assert typed[ABSENT] == (128, zsnmp.NO_SUCH_OBJECT)
    end = call(style, style.client.get_next, device, "1.3.6.1.6.99")
    assert end == {"1.3.6.1.6.99": zsnmp.END_OF_MIB_VIEW}
    assert call(style, style.client.get, device, ABSENT, exceptions=False) == {ABSENT: None}


def test_get_bulk(style, device):
    rows = call(style, style.client.get_bulk, device, IF_ENTRY + ".1", max_repetitions=3, non_repeaters=0)
    assert rows == {f"{IF_ENTRY}.1.{row}": row for row in (1, 2, 3)}


def test_set(style, device):
    writer = style.client.device(device, community="private")
    assert call(style, writer.set, [(CONTACT, "s", "me")]) == {CONTACT: b"me"}
    assert call(style, writer.get, CONTACT) == {CONTACT: b"me"}
    with pytest.raises(zsnmp.DeviceError) as caught:
        call(style, writer.set, [(NAME, "s", "x"), (SYSTEM + ".1.0", "s", "x")])
    assert (caught.value.name, caught.value.index, caught.value.sent) == ("notWritable", 2, "yes")


def test_options_of_client_device_and_call(kind, serve, device):
    style = kind(serve.endpoint, community="wrong", timeout_ms=50, retries=0)
    try:
        client = style.client
        with pytest.raises(zsnmp.Timeout):
            call(style, client.get, device, NAME)
        assert call(style, client.get, device, NAME, community="public")
        one = client.device(device, community="public")
        assert call(style, one.get, NAME)
        assert call(style, one.get_next, SYSTEM + ".4") and call(style, one.get_bulk, SYSTEM)
        assert call(style, one.walk(SYSTEM)) and call(style, one.table, IF_ENTRY)
        with pytest.raises(zsnmp.Timeout):
            call(style, one.get, NAME, community="wrong")
        assert "public" not in repr(one)
    finally:
        style.close()


def test_version_3(style, device):
    keys = {"auth_proto": "SHA-256", "auth_pass": "authpass-sha256"}
    keys.update(priv_proto="AES", priv_pass="privpass-aes128")
    one = style.client.device(device, user="sha256-aes128", **keys)
    assert call(style, one.get, NAME) == {NAME: sim_name(device)}
    with pytest.raises(zsnmp.SecurityError) as caught:
        call(style, one.get, NAME, user="nobody", retries=0)
    assert caught.value.name == "unknown_user"


def test_table(style, device):
    table = style.client.table
    rows = call(style, table, device, IF_ENTRY, {"index": 1, "name": 2})
    assert list(rows) == ["1", "2", "3", "4"]
    assert rows["1"] == {"index": 1, "name": b"lo"}
    rows = call(style, table, device, zsnmp.oid_tuple(IF_ENTRY), [2, 3], keys=tuple, types=True)
    assert rows[1,] == {2: (4, b"lo"), 3: (2, 24)}
    assert rows.records()[0] == {"index": (1,), 2: (4, b"lo"), 3: (2, 24)}
    assert rows.complete
    whole = call(style, table, device, IF_ENTRY)
    assert len(whole) == 4 and {len(row) for row in whole.values()} == {22}
    assert not call(style, table, device, IF_ENTRY, limit=3, stream=1).complete


def test_quirks_and_timing(style, serve, device):
    serve.say(f"rule {device.split(':')[0]}: varbinds-cut=1")
    result = call(style, style.client.get, device, [NAME, CONTACT], timing=True)
    assert "wrong_count" in result.quirks and result.tries >= 2 and result.rtt_us > 0


def test_services_own_calls(style):
    client = style.client
    assert call(style, client.ping)["protocol"] == "ZSNMP/1"
    assert call(style, client.info)["clients"] >= 1
    known = call(style, client.devices, limit=1, sort="requests")
    assert known["known"] >= 0 and len(known["devices"]) <= 1
    with pytest.raises(zsnmp.RequestError):
        call(style, client.devices, limit=0)


def test_raw_requests(style, device):
    reply = call(style, style.client.request, {"op": "get", "peer": device, "oids": [NAME]})
    assert reply["varbinds"] == {NAME: sim_name(device)}
    reply = call(style, style.client.request, {"op": "new", "must": ["moon"]})
    assert isinstance(zsnmp.error_of(reply), zsnmp.RequestError) and reply["error"]["code"] == 401
    assert zsnmp.error_of({"id": 1}) is None
    with pytest.raises(ValueError, match="stream"):
        call(style, style.client.request, {"op": "walk", "peer": device, "oids": [SYSTEM], "stream": 1})


def test_requests_that_cannot_be_sent(style, device):
    """Which are refused here, before they can do harm to those that share a message with them."""
    deep = 1
    for _ in range(14):
        deep = [deep]
    request = {"op": "ping", "more": deep}
    assert call(style, style.client.batch, [request, {"op": "ping"}])[0]["pong"] is True
    for wrong, error in (
        ({"op": "ping", "more": [deep]}, ValueError),
        ({"op": "ping", "more": b"x" * (8 << 20)}, ValueError),
        ({"op": "ping", "more": object()}, TypeError),
        ({"op": "ping", "more": 1 << 64}, OverflowError),
    ):
        with pytest.raises(error):
            call(style, style.client.request, wrong)
        with pytest.raises(error):
            call(style, style.client.batch, [{"op": "ping"}, wrong])
    assert call(style, style.client.ping)


def test_errors_keep_what_they_say(style, device):
    with pytest.raises(zsnmp.RequestError) as caught:
        call(style, style.client.get, device, [NAME, "1.3.x"])
    error = caught.value
    assert (error.code, error.name, error.index, error.sent) == (400, "bad_request", 2, "no")
    assert str(error) == f"{device}: bad_request: oids: not an object identifier (index 2)"
    copy = pickle.loads(pickle.dumps(error))
    assert vars(copy) == vars(error) and type(copy) is type(error)
    result = call(style, style.client.get, device, ABSENT, keys=tuple)
    copy = pickle.loads(pickle.dumps(result))
    assert copy == result and copy.rows == result.rows
    assert copy.popitem()[1] is zsnmp.NO_SUCH_OBJECT


@pytest.mark.parametrize(
    "code, kind",
    [
        (5, zsnmp.DeviceError),
        (100, zsnmp.Timeout),
        (101, zsnmp.DeliveryError),
        (201, zsnmp.SecurityError),
        (303, zsnmp.Cancelled),
        (304, zsnmp.ServiceError),
        (404, zsnmp.RequestError),
        (500, zsnmp.ServiceError),
        (999, zsnmp.Error),
    ],
)
def test_kinds_of_errors(code, kind):
    error = zsnmp.error_of({"id": 1, "error": {"code": code, "name": "x", "message": "y", "retryable": True}})
    assert type(error) is kind and error.retryable


def test_batches(style, serve, addresses):
    client = style.client
    peers = [f"{next(addresses)}:{serve.port}" for _ in range(2500)]
    requests = [{"op": "get", "peer": peer, "oids": [NAME]} for peer in peers]
    requests[7] = {"op": "get", "peer": peers[7], "oids": []}
    replies = call(style, client.batch, iter(requests))
    assert replies[7]["error"]["name"] == "bad_request"
    for peer, reply in zip(peers[8:], replies[8:]):
        assert reply["varbinds"] == {NAME: sim_name(peer)}
    assert call(style, client.batch, []) == []
    devices = [client.device(peer, community="public") for peer in peers[:10]]
    devices[3].options["oids"] = [ABSENT + ".x"]
    found = dict(call(style, client.get_many, [*devices, *peers[10:20]], NAME))
    assert isinstance(found.pop(devices[3]), zsnmp.RequestError)
    assert {len(result) for result in found.values()} == {1} and len(found) == 19


def test_batch_reads_ahead_no_further_than_its_window(style, device):
    """A source of requests that never ends is fine, as long as somebody takes the replies."""
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield {"op": "ping"}

    assert len(call(style, style.client.batch_iter, endless(), at_most=5000)) == 5000
    assert 5000 <= len(taken) < 10000


def test_oids_in_other_forms():
    for oid in ("1.3.6", ".1.3.6", b".1.3.6", (1, 3, 6), [1, 3, 6]):
        assert zsnmp.oid_tuple(oid) == (1, 3, 6) and zsnmp.oid_str(oid) == "1.3.6"
