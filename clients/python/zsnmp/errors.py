"""The errors of ZSNMP as classes.

What a reply says went wrong becomes an object of one of these; which one follows from its code
alone, so that a code which a later service adds still has a class.
"""

from __future__ import annotations

from typing import Any

from .values import Reply, Shape, Varbinds

_PLAIN = Shape(False, str)


class Error(Exception):
    """Something that a request came to instead of its result."""

    def __init__(self, reply: Reply, varbinds: Varbinds | None = None) -> None:
        super().__init__(reply, varbinds)  # what pickle gives back to __init__
        said: dict[str, Any] = reply["error"]
        self.code: int = said.get("code", 0)
        self.name: str = said.get("name", "")
        self.message: str = said.get("message", "")
        #: Which OID or setting it is about, from 1; 0 where none.
        self.index: int = said.get("index", 0)
        #: The same request may succeed later, and sending it again does no harm.
        self.retryable: bool = said.get("retryable", False)
        #: "no": no packet has gone out. "maybe": one has, perhaps. "yes": the device has answered.
        self.sent: str = said.get("sent", "maybe")
        self.peer: Any = reply.get("peer")
        #: What came before the failure.
        self.varbinds: Varbinds = Varbinds(reply, _PLAIN) if varbinds is None else varbinds
        #: Of a walk: why it ended, and where to go on (as `start`).
        self.stop: str | None = reply.get("stop")
        self.next: Any = reply.get("next")
        #: The whole reply.
        self.reply: Reply = reply

    def __str__(self) -> str:
        place = f" (index {self.index})" if self.index else ""
        peer = f"{self.peer}: " if self.peer is not None else ""
        return f"{peer}{self.name}: {self.message}{place}"


class DeviceError(Error):
    """1 to 18: the device answered with this error-status."""


class DeliveryError(Error):
    """100 to 199: something happened on the way to the device or back."""


class Timeout(DeliveryError):
    """100: the device did not answer in time."""


class SecurityError(Error):
    """200 to 299: what USM says (SNMPv3)."""


class ServiceError(Error):
    """300 to 399, 500 and up: the service decided or failed."""


class Cancelled(ServiceError):
    """303: the request was cancelled. Who cancels a call himself does not see it."""


class RequestError(Error):
    """400 to 499: something is wrong with the request."""


class ServiceLost(Error):
    """0: the service is gone, or did not answer at all; whether it did its work is not known."""


class WalkCutOff(Error):
    """0: a walk ended early though nothing failed: its `name` and `stop` are `loop` or `non_increasing`."""


_BY_CODE: dict[int, type[Error]] = {0: ServiceLost, 100: Timeout, 303: Cancelled}
_BY_HUNDRED: dict[int, type[Error]] = {
    0: DeviceError,
    1: DeliveryError,
    2: SecurityError,
    3: ServiceError,
    4: RequestError,
    5: ServiceError,
}


def error_of(reply: Reply, shape: Shape = _PLAIN) -> Error | None:
    """The error of a reply, as raw calls and batches give them; None where it has none."""
    said = reply.get("error")
    if said is None:
        return None
    code = said.get("code", 0)
    kind = _BY_CODE.get(code) or _BY_HUNDRED.get(code // 100, Error)
    return kind(reply, Varbinds(reply, shape))


def walk_error_of(reply: Reply, shape: Shape = _PLAIN) -> Error | None:
    """The error of a walk's last reply, which is one too where the walk was cut off in silence."""
    if "error" in reply or reply.get("complete") or reply.get("stop") == "limit":
        return error_of(reply, shape)
    stop = reply.get("stop", "")
    said = {"code": 0, "name": stop, "message": "the walk was cut off", "index": 0}
    said.update(retryable=False, sent="yes")
    return WalkCutOff({**reply, "error": said}, Varbinds(reply, shape))


def lost(request: Any, number: int, text: str) -> Reply:
    """The reply of a call whose service is gone, in the form that the service's own have."""
    error = {"code": 0, "name": "service_lost", "message": text, "index": 0}
    error.update(retryable=request.get("op") not in ("set", b"set"), sent="maybe")
    reply: Reply = {"id": number, "error": error}
    if "peer" in request:
        reply["peer"] = request["peer"]
    return reply
