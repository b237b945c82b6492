"""Fixtures: snmpd, simulators, brokers, clients. What they start they end, by its own id."""
import os
import shutil
import signal
import tempfile

import pytest

import agent as scripted
import harness

AUTHS = ("MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512")
PRIVS = ("DES", "AES", "AES-192", "AES-256", "AES-192-C", "AES-256-C")
AUTH_PASS, PRIV_PASS = "auth pass 1234", "priv pass 5678"
WRITABLE = "1.3.6.1.4.1.99999.1"  # objects of each type that snmpd's override makes writable
CONTEXT = "ctxa"
CONTEXT_ROOT = "1.3.6.1.4.1.99998"  # exists in CONTEXT alone: there it is the system group


def user_name(auth=None, priv=None):
    return "-".join(["u", *(p for p in (auth, priv) if p)])


def v3(auth=None, priv=None, **more):
    """Keys of a request as the snmpd user of these protocols."""
    keys = {"version": "3", "user": user_name(auth, priv)}
    if auth:
        keys.update(auth_proto=auth, auth_pass=AUTH_PASS)
    if priv:
        keys.update(priv_proto=priv, priv_pass=PRIV_PASS)
    keys.update(more)
    return keys


def snmpd_config(port, persistent):
    users = [(None, None)] + [(a, p) for a in AUTHS for p in (None, *PRIVS)]
    lines = [
        f"agentAddress udp:127.0.0.1:{port},udp6:[::1]:{port},tcp:127.0.0.1:{port}",
        f"[snmp] persistentDir {persistent}",
        "view narrow included .1.3.6.1.2.1.1",
        "rocommunity public", "rocommunity6 public",
        "rwcommunity private", "rwcommunity6 private",
        "rocommunity narrow default -V narrow",
        "createUser reader SHA-256 \"" + AUTH_PASS + "\"", "rouser reader auth",
        "createUser stranger SHA-256 \"" + AUTH_PASS + "\"",
        f"proxy -Cn {CONTEXT} -v 2c -c public udp:127.0.0.1:{port} "
        f".{CONTEXT_ROOT} .1.3.6.1.2.1.1",
    ]
    for kind, (name, value) in enumerate([
            ("integer", "5"), ("uinteger", "5"), ("octet_str", "abc"),
            ("object_id", ".1.3.6.1.1"), ("timeticks", "5")], 1):
        lines.append(f"override -rw .{WRITABLE}.{kind}.0 {name} {value}")
    for auth, priv in users:
        line = f"createUser {user_name(auth, priv)}"
        if auth:
            line += f' {auth} "{AUTH_PASS}"'
        if priv:
            line += f' {priv} "{PRIV_PASS}"'
        level = "priv" if priv else "auth" if auth else "noauth"
        lines += [line, f"rwuser {user_name(auth, priv)} {level}"]
    return "\n".join(lines) + "\n"


class Snmpd(harness.Child):
    """Debian's snmpd with a configuration of our own."""

    def __init__(self, directory, port=None, config=None):
        self.directory = directory
        self.port = port or harness.free_port()
        persistent = os.path.join(directory, "persistent")
        os.makedirs(persistent, exist_ok=True)
        path = os.path.join(directory, "snmpd.conf")
        with open(path, "w", encoding="utf-8") as out:
            out.write(config or snmpd_config(self.port, persistent))
        program = shutil.which("snmpd", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        assert program, "snmpd is not installed"
        self.log = os.path.join(directory, "snmpd.log")
        super().__init__([program, "-C", "-c", path, "-f", "-Lf", self.log, "-a", "-r"],
                         env={"SNMP_PERSISTENT_DIR": persistent, "MIBS": "",
                              "SNMPCONFPATH": directory})
        self.oracle = harness.Oracle(directory)
        self.udp = f"127.0.0.1:{self.port}"
        self.udp6 = f"udp6:[::1]:{self.port}"
        self.tcp = f"tcp:127.0.0.1:{self.port}"
        starter = harness.Oracle(directory, timeout=0.2)
        for _ in range(200):  # each try of the tool waits up to 0.6 s by itself
            try:
                starter.get({}, self.udp, "1.3.6.1.2.1.1.3.0")
                return
            except harness.OracleError as error:
                if self.process.poll() is not None:
                    break
                problem = error
        self.kill()
        raise AssertionError(f"snmpd does not answer: {problem}\n{open(self.log).read()}")


@pytest.fixture(scope="session")
def snmpd():
    with tempfile.TemporaryDirectory(prefix="zsnmp-snmpd-") as directory:
        agent = Snmpd(directory)
        yield agent
        agent.stop()


@pytest.fixture
def directory():
    """A short path: the name of an ipc socket has 107 bytes at most."""
    with tempfile.TemporaryDirectory(prefix="zsnmp-") as path:
        yield path


@pytest.fixture
def new_broker():
    """Makes brokers; each that the test has not ended itself is ended in good order."""
    made, directories = [], []

    def make(*options, **kwargs):
        directories.append(tempfile.TemporaryDirectory(prefix="zsnmp-"))
        made.append(harness.Broker(directories[-1].name, *options, **kwargs))
        return made[-1]

    yield make
    problems = []
    for broker in made:
        try:
            broker.end()
        except AssertionError as problem:
            problems.append(str(problem))
    for path in directories:
        path.cleanup()
    assert not problems, "\n".join(problems)


class Slot:
    """One broker for a module; a new one where a test has lost it."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="zsnmp-")
        self.broker = None

    def get(self):
        if self.broker is None:
            self.broker = harness.Broker(self.directory.name)
        return self.broker

    def check(self):
        broker = self.broker
        status = broker.process.poll()
        if status is not None:
            self.broker = None
            broker.wait()
            raise AssertionError(f"zsnmpd died with status {status}:\n{broker.text()}")

    def close(self):
        try:
            if self.broker:
                self.broker.end()
        finally:
            self.directory.cleanup()


@pytest.fixture(scope="module")
def broker_slot():
    slot = Slot()
    yield slot
    slot.close()


@pytest.fixture
def broker(broker_slot):
    yield broker_slot.get()
    broker_slot.check()


@pytest.fixture
def new_dealer():
    made = []

    def make(endpoint, **kwargs):
        made.append(harness.Dealer(endpoint, **kwargs))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(broker, new_dealer):
    return new_dealer(broker.ipc)


@pytest.fixture
def new_sim():
    made = []

    def make(*options, **kwargs):
        made.append(harness.Simulator(*options, **kwargs))
        return made[-1]

    yield make
    for sim in made:
        assert sim.stop() == 0, sim.text()
        report = sim.text()
        assert not harness.SANITIZER_REPORT.search(report), report


@pytest.fixture(scope="module")
def sim():
    """A simulator with four interfaces a device, for the module."""
    one = harness.Simulator("--interfaces", "4")
    yield one
    assert one.stop(signal.SIGTERM) == 0, one.text()


@pytest.fixture
def new_agent():
    """Makes scripted agents on UDP ports."""
    made = []

    def make(script=scripted.silent, **kwargs):
        made.append(scripted.Agent(script, **kwargs))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def dead():
    with harness.SilentPort() as port:
        yield port


def interrupted(number, _frame):
    raise KeyboardInterrupt(f"signal {number}")


def pytest_configure(config):
    # Ended from outside, say by timeout(1): fixtures still end what they have started.
    signal.signal(signal.SIGTERM, interrupted)
    config.addinivalue_line("markers", "heavy: many requests; fewer where ZSNMP_TEST_SCALE < 1")
