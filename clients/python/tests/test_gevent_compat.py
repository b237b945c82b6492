"""zsnmp.gevent_compat: what a program that was written for gevent_snmp sees."""

import os
import re
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path

import gevent
import pytest

import zsnmp
from zsnmp import gevent_compat as async_session
from zsnmp.gevent_compat import AsyncSession, SNMPError, SNMPResponseError, SNMPTimeoutError

PATIENCE = 60  # seconds: bounds hangs, asserts no speed
HERE = Path(__file__).resolve().parent

SYSTEM = (1, 3, 6, 1, 2, 1, 1)
DESCR, UPTIME, NAME, LOCATION = ((*SYSTEM, number, 0) for number in (1, 3, 5, 6))
IF_DESCR = (1, 3, 6, 1, 2, 1, 2, 2, 1, 2)


@pytest.fixture(autouse=True)
def connected(serve):
    async_session.connect(serve.endpoint)
    with gevent.Timeout(PATIENCE):
        yield


@pytest.fixture
def config(device):
    """A configuration as gevent_snmp's README has it."""
    return {"peername": device, "version": "2c", "community": "public", "retries": 5, "timeout": 3}


@pytest.fixture
def session(config):
    return opened(config)


@pytest.fixture
def rule(serve, device):
    """Gives the device of the test a fault."""
    return lambda fault: serve.say(f"rule {device.partition(':')[0]}: {fault}")


def opened(config, **more):
    session = AsyncSession({**config, **more})
    session.open_session()
    return session


def v3(config, user="sha-aes128", **more):
    """A configuration of version 3 for one of the simulator's users."""
    auth, _, priv = user.partition("-")
    keys = {"version": "3", "security_name": user, "security_level": "noAuthNoPriv"}
    if user != "noauth":
        keys.update(security_level="authNoPriv", auth_proto=PROTOS[auth], auth_key=f"authpass-{auth}")
    if priv:
        keys.update(security_level="authPriv", priv_proto=PROTOS[priv], priv_key=f"privpass-{priv}")
    keys.update(more)
    return {**{key: value for key, value in config.items() if key != "community"}, **keys}


PROTOS = {
    "md5": "MD5", "sha": "SHA", "sha224": "SHA-224", "sha256": "SHA-256", "sha384": "SHA-384",
    "sha512": "SHA-512", "des": "DES", "aes128": "AES", "aes192": "AES-192", "aes256": "AES-256",
    "aes192c": "AES-192-C", "aes256c": "AES-256-C",
}  # fmt: skip


# --- what the README of gevent_snmp shows ----------------------------------------------------


def test_readme_oids():
    assert async_session.oid_str_to_tuple("1.3.6.1.2.1.1.1.0") == DESCR
    assert async_session.oid_tuple_to_str(DESCR) == "1.3.6.1.2.1.1.1.0"


def test_readme_is_in_subtree():
    root = (1, 3, 6, 1, 4, 1, 4491, 2, 1, 20, 1, 4, 1, 4)
    assert async_session.is_in_subtree(root, (*root, 3165, 50798601)) is True
    assert async_session.is_in_subtree(root, (*root[:-1], 5, 1)) is False
    assert async_session.is_in_subtree(root, root) is True
    assert async_session.is_in_subtree(root, root[:-1]) is False


def test_readme_get(session, config):
    result = session.get([DESCR, UPTIME])
    assert list(result) == [DESCR, UPTIME]
    address = config["peername"].partition(":")[0]
    assert result[DESCR] == f"zsnmp simulated agent {address}".encode()
    assert isinstance(result[UPTIME], int)


def test_readme_get_next(session):
    result = session.get_next(DESCR)
    ((next_oid, next_value),) = result.items()
    assert next_oid == (*SYSTEM, 2, 0)
    assert next_value == [1, 3, 6, 1, 4, 1, 32473, 1, 1]


def test_readme_get_bulk(session):
    oids = [DESCR[:-1], UPTIME[:-1], IF_DESCR]
    result = session.get_bulk(oids, nonrepeaters=2, maxrepetitions=3)
    assert result.pop(DESCR).startswith(b"zsnmp simulated agent")
    assert isinstance(result.pop(UPTIME), int)
    assert list(result) == [(*IF_DESCR, row) for row in range(1, 4)]
    assert result[(*IF_DESCR, 1)] == b"lo"


@pytest.mark.parametrize("walk", [
    lambda session, root, *flags: session.walk(root, *flags),
    lambda session, root, *flags: session.walk_with_get_bulk(root, 10, *flags),
])  # fmt: skip
def test_readme_walks(session, walk):
    result = walk(session, SYSTEM)
    assert sorted(result) == list(result)
    assert all(async_session.is_in_subtree(SYSTEM, oid) for oid in result)
    assert result[NAME].startswith(b"sim-127-")
    typed = walk(session, SYSTEM, {"get_var_type": True})
    assert list(typed) == list(result)
    for oid, (asn_type, asn_value) in typed.items():
        assert asn_type in async_session.VAR_TYPE_TO_STRING.values()
        assert oid in result and (asn_type == "TIMETICKS" or asn_value == result[oid])


def test_readme_set_through_a_clone(session):
    to_set = {LOCATION: ("new location", "s")}
    with session.clone_session(community="private") as private:
        assert private.set_oids(to_set) == {LOCATION: b"new location"}
    assert session.get([LOCATION]) == {LOCATION: b"new location"}


def test_readme_error(session):
    with pytest.raises(SNMPResponseError) as caught:
        session.set_oids({LOCATION: ("new location", "s")})
    error = caught.value
    assert (error.code, error.index) == (6, 1)
    assert str(error) == error.message
    assert error.message.startswith("Error at index(1) with code(6): (noAccess)")
    assert isinstance(error, SNMPError)


def test_readme_timeout(rule, config):
    rule("dead")
    with pytest.raises(SNMPTimeoutError) as caught:
        opened(config, retries=0, timeout=0.05).get([DESCR])
    assert isinstance(caught.value, SNMPError)
    assert isinstance(caught.value.__cause__, zsnmp.Timeout)


def test_readme_missing_objects(session, config):
    objects = {
        (*SYSTEM, 99, 0): ("get_no_such_object", async_session.NO_SUCH_OBJECT, "<No Such Object>"),
        (*SYSTEM, 1, 5): ("get_no_such_instance", async_session.NO_SUCH_INSTANCE, "<No Such Instance>"),
    }
    for oid, (flag, sign, shown) in objects.items():
        assert session.get([oid]) == {oid: None}
        assert session.get([oid], {flag: False}) == {oid: None}
        assert session.get([oid], {flag: True})[oid] is sign
        assert session.get([oid], {flag: True, "get_var_type": True}) == {oid: ("UNKNOWN", sign)}
        assert str(sign) == repr(sign) == shown
    end = (1, 3, 6, 1, 6, 9)
    assert session.get_next(end) == {end: None}
    assert session.get_next(end, {"get_end_of_mib": True})[end] is async_session.END_OF_MIB
    assert str(async_session.END_OF_MIB) == "<END_OF_MIB>"


# --- configuration ---------------------------------------------------------------------------


def test_all_texts_may_be_bytes(config):
    coded = {key: value.encode() if isinstance(value, str) else value for key, value in config.items()}
    assert opened(coded).get([NAME]) == opened(config).get([NAME])
    secure = v3(config)
    coded = {key: value.encode() if isinstance(value, str) else value for key, value in secure.items()}
    assert opened(coded).get([NAME]) == opened(config).get([NAME])
    with opened(config).clone_session(community=b"private") as private:
        assert private.set_oids({LOCATION: (b"as bytes", "s")}) == {LOCATION: b"as bytes"}


@pytest.mark.parametrize("version", ["1", "2c"])
def test_versions_with_a_community(config, version):
    session = opened(config, version=version)
    assert session.get([NAME])[NAME].startswith(b"sim-")
    assert len(session.walk(IF_DESCR)) == len(session.walk_with_get_bulk(IF_DESCR)) > 0
    with pytest.raises(SNMPTimeoutError):
        opened(config, version=version, community="wrong", retries=0, timeout=0.05).get([NAME])


def test_version_1_has_no_getbulk(config):
    with pytest.raises(SNMPError, match="bad_request"):
        opened(config, version="1").get_bulk([SYSTEM])


@pytest.mark.parametrize("transport", ["", "udp:", "tcp:"])
def test_peername_is_what_net_snmp_takes(config, transport):
    assert NAME in opened(config, peername=transport + config["peername"]).get([NAME])


def test_a_peer_that_is_no_address(config):
    with pytest.raises(SNMPError, match="bad_address"):
        opened(config, peername="300.0.0.1").get([NAME])


def test_retries_and_timeout(rule, config):
    rule("drop=2")
    assert NAME in opened(config, retries=2, timeout=0.5).get([NAME])
    assert async_session._request_of({**config, "timeout": 0.25})["timeout_ms"] == 250
    assert async_session._request_of({**config, "timeout": 0})["timeout_ms"] == 1


@pytest.mark.parametrize("user", [
    "noauth", "md5", "sha", "md5-des", "sha-des", "md5-aes128", "sha-aes128", "sha224-aes192",
    "sha256-aes256", "sha384-aes192c", "sha512-aes256c",
])  # fmt: skip
def test_version_3(config, user):
    session = opened(v3(config, user))
    assert session.get([NAME])[NAME].startswith(b"sim-")
    assert session.set_oids({LOCATION: (user, "s")}) == {LOCATION: user.encode()}


def test_level_below_what_the_keys_allow(config):
    # Of the keys only those that the level needs are looked at.
    session = opened(v3(config, "noauth", auth_proto="no such", priv_proto="no such"))
    assert NAME in session.get([NAME])


def test_engine_ids(config):
    engine = "80007ed901" + bytes(map(int, config["peername"].partition(":")[0].split("."))).hex()
    session = opened(v3(config))
    assert session.security_engine_id == session.context_engine_id == engine
    session = opened(v3(config, security_engine_id=engine.upper(), context_engine_id=engine.encode()))
    assert session.security_engine_id == session.context_engine_id == engine
    assert session.snmp_query_count == 0
    assert NAME in session.get([NAME])
    with pytest.raises(SNMPError, match="unknown_engine_id"):
        opened(v3(config, security_engine_id="80007ed90100000000")).get([NAME])
    with pytest.raises(SNMPError):
        opened(v3(config, context_engine_id="80007ed90100000000")).get([NAME])


def test_engine_ids_that_are_not_there(config, session):
    assert session.security_engine_id is None
    assert session.context_engine_id is None
    assert AsyncSession(v3(config)).security_engine_id is None


def test_further_keys_of_the_protocol(config):
    session = opened(v3(config, options={"context": "no-such-context"}))
    with pytest.raises(SNMPError, match="unknown_context"):
        session.get([NAME])
    with pytest.raises(SNMPError, match="deadline_ms"):
        opened(config, options={"deadline_ms": "soon"}).get([NAME])


@pytest.mark.parametrize("wrong", [
    {"retries": -1}, {"retries": 101}, {"timeout": -1}, {"timeout": 601}, {"version": "4"}, {"version": 2},
    {"security_level": "high"}, {"auth_proto": "ROT13"},
    {"priv_proto": "ROT13"}, {"auth_key": "short"}, {"priv_key": b"short"},
    {"security_engine_id": "80xx"}, {"context_engine_id": b"8"},
])  # fmt: skip
def test_configurations_that_are_wrong(config, wrong):
    with pytest.raises(ValueError):
        opened(v3(config), **wrong)


@pytest.mark.parametrize("key", [
    "peername", "version", "community", "retries", "timeout", "security_name", "security_level",
    "auth_proto", "auth_key", "priv_proto", "priv_key",
])  # fmt: skip
def test_configurations_that_lack_a_key(config, key):
    whole = config if key in config else v3(config)
    with pytest.raises(KeyError, match=key):
        opened({name: value for name, value in whole.items() if name != key})


def test_the_configuration_is_read_when_a_session_is_opened(config):
    session = AsyncSession(config)
    with pytest.raises(SNMPError, match="Session is not open"):
        session.get([NAME])
    assert session.snmp_query_count == 0
    config["community"] = "private"
    session.open_session()
    assert session.set_oids({LOCATION: ("opened", "s")}) == {LOCATION: b"opened"}


def test_a_clone_does_not_change_its_origin(config, session):
    with session.clone_session(community="private", timeout=1) as private:
        assert private is not session
        private.set_oids({LOCATION: ("by the clone", "s")})
        assert private.snmp_query_count == 1
    assert session.snmp_query_count == 0
    assert private.get([LOCATION]) == {LOCATION: b"by the clone"}
    with pytest.raises(SNMPResponseError):
        session.set_oids({LOCATION: ("by the origin", "s")})
    with pytest.raises(ZeroDivisionError), session.clone_session():
        raise ZeroDivisionError


# --- results ---------------------------------------------------------------------------------


def test_forms_of_results(session):
    oids = [NAME, DESCR]
    rows = [(oid, session.get(oids)[oid]) for oid in oids]
    assert session.get(oids, {"as_list": True}) == rows
    assert session.get([NAME, NAME], {"as_list": True}) == [rows[0], rows[0]]
    ordered = session.get(oids, {"as_ordered_dict": True})
    assert type(ordered) is OrderedDict and list(ordered.items()) == rows
    assert session.get(oids, {"as_list": True, "as_ordered_dict": True}) == rows
    assert session.get_next(NAME, {"as_list": True})[0][0] == LOCATION
    assert len(session.get_bulk([IF_DESCR], 0, 3, {"as_list": True})) == 3
    assert type(session.walk(SYSTEM, {"as_ordered_dict": True})) is OrderedDict
    assert type(session.walk(SYSTEM, {"as_list": True})) is dict


def test_get_bulk_counts(session):
    assert len(session.get_bulk([IF_DESCR])) == 10
    assert session.get_bulk([IF_DESCR], 0, 0) == {}
    assert list(session.get_bulk([NAME, IF_DESCR], 1, 0)) == [LOCATION]


def test_set_types(session):
    admin, alias = (1, 3, 6, 1, 2, 1, 2, 2, 1, 7, 2), (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 18, 2)
    with session.clone_session(community="private") as private:
        assert private.set_oids({admin: ("2", "i"), alias: ("up link", "s")}) == {admin: 2, alias: b"up link"}
        assert private.set_oids({alias: ("0x41 42", "x")}) == {alias: b"AB"}
        assert private.set_oids({alias: (b"67 68", b"d")}, {"get_var_type": True}) == {
            alias: ("OCTET_STR", b"CD")
        }
        for letter in "uctao":  # the device says what it takes
            with pytest.raises(SNMPResponseError) as caught:
                private.set_oids({admin: ("1.2.3.4" if letter in "ao" else "1", letter)})
            assert caught.value.code == 7
        with pytest.raises(ValueError, match="Unknown value type 'z'"):
            private.set_oids({admin: ("1", "z")})
        with pytest.raises(TypeError, match="neither str nor bytes"):
            private.set_oids({admin: (1, "i")})
        with pytest.raises(SNMPError, match="bad_request"):
            private.set_oids({admin: ("one", "i")})


def test_walks_of_what_is_not_there(session):
    assert session.walk(NAME) == session.walk_with_get_bulk(NAME) == {}
    assert session.walk((1, 3, 6, 1, 6, 9)) == session.walk_with_get_bulk((1, 3, 6, 1, 6, 9)) == {}


def test_walks_that_go_wrong(rule, session):
    rows = [(*IF_DESCR, row) for row in (1, 2)]
    rule("walk=same:2")
    assert list(session.walk(IF_DESCR)) == list(session.walk_with_get_bulk(IF_DESCR)) == rows
    rule("walk=decrease:2")
    for walk in session.walk, session.walk_with_get_bulk:
        with pytest.raises(SNMPError, match="non_increasing"):
            walk(IF_DESCR)
    rule("walk=stop:2")
    with pytest.raises(SNMPResponseError) as caught:
        session.walk(IF_DESCR)
    assert caught.value.code == 5
    rule("walk=exceptions:2")
    walked = session.walk(IF_DESCR, {"get_no_such_instance": True})
    assert walked[(*IF_DESCR, 3)] is async_session.NO_SUCH_INSTANCE


def test_query_count(session):
    session.get([NAME])
    session.get_next(NAME)
    session.get_bulk([NAME])
    assert session.snmp_query_count == 3
    session.walk(IF_DESCR)  # 4 rows and what is behind them
    assert session.snmp_query_count == 3 + 5
    with pytest.raises(SNMPResponseError):
        session.set_oids({LOCATION: ("x", "s")})
    assert session.snmp_query_count == 3 + 5 + 1


def test_security_errors(config):
    for wrong in {"auth_key": "not the pass phrase"}, {"security_name": "nobody"}:
        with pytest.raises(SNMPError) as caught:
            opened(v3(config), retries=0, timeout=1, **wrong).get([NAME])
        assert isinstance(caught.value.__cause__, zsnmp.SecurityError)
        assert not isinstance(caught.value, (SNMPTimeoutError, SNMPResponseError))


# --- many of them ----------------------------------------------------------------------------


def test_a_thousand_greenlets(serve):
    def poll(number):
        peer = f"127.80.{number // 250}.{number % 250 + 1}"
        session = opened(
            {
                "peername": f"{peer}:{serve.port}",
                "version": "2c",
                "community": "public",
                "retries": 3,
                "timeout": 3,
            }
        )
        for _ in range(3):
            assert session.get([NAME]) == {NAME: f"sim-{peer.replace('.', '-')}".encode()}
        return session.snmp_query_count

    greenlets = [gevent.spawn(poll, number) for number in range(1000)]
    gevent.joinall(greenlets, raise_error=True)
    assert [greenlet.value for greenlet in greenlets] == [3] * 1000


def test_one_session_of_many_greenlets(session):
    greenlets = [gevent.spawn(session.walk_with_get_bulk, IF_DESCR) for _ in range(50)]
    gevent.joinall(greenlets, raise_error=True)
    assert all(len(greenlet.value) == 4 for greenlet in greenlets)


def test_a_greenlet_that_is_killed_leaves_nothing(rule, client, device, session):
    def in_flight():
        known = client.devices(limit=10000)["devices"]
        return sum(one["in_flight"] for one in known if one["peer"] == f"udp:{device}")

    rule("dead")
    greenlet = gevent.spawn(session.get, [NAME])
    while not in_flight():
        gevent.sleep(0.01)
    greenlet.kill()
    assert isinstance(greenlet.value, gevent.GreenletExit)
    while in_flight():
        gevent.sleep(0.01)
    with pytest.raises(gevent.Timeout), gevent.Timeout(0.05):
        session.get([NAME])


def test_a_service_that_is_gone(config):
    async_session.connect("tcp://127.0.0.1:9", heartbeat=0.1, patience=0.3)
    with pytest.raises(SNMPError, match="service_lost") as caught:
        opened(config).get([NAME])
    assert not isinstance(caught.value, SNMPTimeoutError)


# --- programs --------------------------------------------------------------------------------

PROGRAM = """
from gevent import monkey
monkey.patch_all()
import os, sys, threading, gevent
from zsnmp import gevent_compat as async_session
from zsnmp.gevent_compat import AsyncSession

async_session.init_snmplib()
oid = async_session.oid_str_to_tuple("1.3.6.1.2.1.1.5.0")
session = AsyncSession({"peername": sys.argv[1], "version": "2c", "community": "public",
                        "retries": 5, "timeout": 3})
session.open_session()
"""


@pytest.fixture
def program(serve, device):
    """Runs a program of its own, which finds the service by the environment; what it prints."""

    def run(source):
        path = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM + source, device],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
            env={**os.environ, "PYTHONPATH": path, "ZSNMP_ENDPOINT": serve.endpoint},
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.split()

    return run


def test_a_program_with_everything_patched(program, device):
    name = "sim-" + device.partition(":")[0].replace(".", "-")
    assert (
        program("""
jobs = [gevent.spawn(session.get, [oid]) for _ in range(100)]
gevent.joinall(jobs, raise_error=True)
print(*{job.value[oid].decode() for job in jobs})
threads = [threading.Thread(target=lambda: print(session.get([oid])[oid].decode())) for _ in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
""")
        == [name] * 4
    )


def test_a_session_used_in_threads_of_their_own(program):
    assert program("""
from gevent.threadpool import ThreadPool
pool = ThreadPool(3)
print(len({pool.spawn(session.get, [oid]).get()[oid] for _ in range(9)} | {session.get([oid])[oid]}))
""") == ["1"]


def test_parent_and_child_after_a_fork(program, device):
    name = "sim-" + device.partition(":")[0].replace(".", "-")
    assert program("""
def wait():
    try:
        nobody.get([oid])
    except async_session.SNMPError as error:
        return str(error)

with session.clone_session(peername="127.0.0.1:9", timeout=60) as nobody:
    waiting = gevent.spawn(wait)
print(session.get([oid])[oid].decode(), flush=True)
child = os.fork()
if child == 0:
    print(session.get([oid])[oid].decode(), "the process was forked" in waiting.get(), flush=True)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
print(session.get([oid])[oid].decode(), waiting.ready())
waiting.kill()
""") == [name, name, "True", name, "False"]


# --- the guide -------------------------------------------------------------------------------

GUIDE = (HERE.parent / "GEVENT.md").read_text("utf-8")


def test_the_guide_has_a_program_that_runs(serve):
    block = re.findall(r"```python\n(.*?)```", GUIDE, re.S)[-1]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent), "ZSNMP_ENDPOINT": serve.endpoint}
    done = subprocess.run(
        [sys.executable, "-c", block.replace("16100", str(serve.port))],
        capture_output=True, text=True, check=False, timeout=PATIENCE, env=environment,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("b'sim-127-0-0-1'\n", "")


def test_the_guide_names_everything():
    public = [name for name in dir(AsyncSession) if not name.startswith("_")]
    missing = [name for name in [*async_session.__all__, *public] if f"`{name}" not in GUIDE]
    assert missing == []
