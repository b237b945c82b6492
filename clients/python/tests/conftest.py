import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(TOP / "tests" / "vectors"), str(Path(__file__).parent)]
import styles  # noqa: E402
import vectors  # noqa: E402


@pytest.fixture(scope="session")
def serve():
    """A service with simulated devices, for all tests that leave it alive."""
    with vectors.Serve() as one:
        yield one


@pytest.fixture(params=styles.STYLES, ids=lambda kind: kind.name)
def kind(request):
    return request.param


@pytest.fixture
def style(kind, serve):
    one = kind(serve.endpoint)
    yield one
    one.close()


@pytest.fixture
def client(serve):
    """A blocking client, to look at what another one does."""
    with styles.zsnmp.Client(serve.endpoint) as one:
        yield one


@pytest.fixture(scope="session")
def addresses():
    """Addresses of devices that no other test uses."""
    return (f"127.30.{number // 250}.{number % 250 + 1}" for number in range(10000))


@pytest.fixture
def device(serve, addresses):
    """The peer of a device of this test's own."""
    return f"{next(addresses)}:{serve.port}"
