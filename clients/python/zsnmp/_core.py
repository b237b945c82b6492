"""The part of a client that does no I/O: bodies out, bodies in, and when a service counts as gone.

It never waits, never looks at a clock and calls nobody but the `deliver` of a call, which gets each
reply to it: parts of a stream, then exactly one that is final. That is a reply of the service, or
one that says the service is lost.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, Callable

import msgpack

from .errors import lost
from .values import Reply, Request, from_ext

Deliver = Callable[[Reply], None]
Call = tuple[Deliver, Request]

#: Messages and bytes that are put together into one body. The service takes 10,000 and 8 MiB.
BODY_MESSAGES = 1000
BODY_BYTES = 1 << 20
#: A body beyond this, or nested more deeply, the service refuses without saying whose it was.
BODY_MAX = 8 << 20
DEPTH_MAX = 16

_CONTAINERS = (list, tuple, dict)
#: Bytes that can be the header of an array or a map.
_HEADERS = bytes((*range(0x80, 0xA0), *range(0xDC, 0xE0)))


class Garbled(Exception):
    """The service sent what is no reply, or refused a body as a whole."""


def _depth(value: Any) -> int:
    items = value.values() if isinstance(value, dict) else value
    return 1 + max((_depth(item) for item in items if isinstance(item, _CONTAINERS)), default=0)


def _too_deep(request: Request, packed: bytes) -> bool:
    """Whether a body with this request is nested too deeply. Few headers can not be, and pass quickly."""
    headers = len(packed) - len(packed.translate(None, _HEADERS))
    return headers >= DEPTH_MAX and _depth(request) >= DEPTH_MAX


class Core:
    """Calls under way, what is still to be sent, and the watch over the service."""

    def __init__(self, heartbeat: float, patience: float) -> None:
        if not 0 < heartbeat < patience:
            raise ValueError("heartbeat: not between 0 and patience")
        self._heartbeat = heartbeat
        self._patience = patience
        self._numbers = itertools.count(1)
        self._pack = msgpack.Packer(autoreset=True).pack
        self._outbox: dict[int, tuple[bytes, Call | None]] = {}  # None: nobody waits for the reply
        self._calls: dict[int, Call] = {}
        self._heard = 0.0  # when anything came, or was first waited for
        self._pinged: float | None = None  # when the service was asked whether it is there

    @property
    def unsent(self) -> bool:
        return bool(self._outbox)

    @property
    def awaiting(self) -> bool:
        return bool(self._calls)

    def enqueue(self, requests: Iterable[Request], deliver: Deliver, numbers: list[int]) -> None:
        """Takes requests to be sent, all or none: one that cannot be raises TypeError or ValueError.

        Their numbers are put into a list of the caller's, who so can cancel them also where an
        exception comes from outside.
        """
        try:
            for request in requests:
                numbers.append(self._take(request, deliver))
        except Exception:
            for number in numbers:
                del self._outbox[number]
            numbers.clear()
            raise

    def _take(self, request: Request, deliver: Deliver | None) -> int:
        if b"id" in request or b"stream" in request:  # to the service they are the same as str
            raise ValueError("the keys of a request are str")
        number = next(self._numbers)
        packed = self._pack({**request, "id": number})
        if len(packed) > BODY_MAX:
            raise ValueError(f"the request has {len(packed)} bytes, more than {BODY_MAX}")
        if _too_deep(request, packed):
            raise ValueError("the request is nested too deeply")
        self._outbox[number] = packed, None if deliver is None else (deliver, request)
        return number

    def bodies(self, now: float) -> Iterator[bytes]:
        """What is to be sent; who takes a body sends it."""
        while self._outbox:
            entries, self._outbox = self._outbox, {}
            chunk: list[bytes] = []
            size = 0
            for number, (packed, call) in entries.items():
                if chunk and (size + len(packed) > BODY_BYTES or len(chunk) == BODY_MESSAGES):
                    yield self._body(chunk)
                    chunk, size = [], 0
                chunk.append(packed)
                size += len(packed)
                if call is not None:
                    if not self._calls:
                        self._heard, self._pinged = now, None
                    self._calls[number] = call
            yield self._body(chunk)

    def _body(self, messages: list[bytes]) -> bytes:
        if len(messages) == 1:
            return messages[0]
        return _array_header(len(messages)) + b"".join(messages)

    def receive(self, body: bytes, now: float) -> None:
        """Gives the replies in a body to those who wait for them. Raises Garbled."""
        self._heard, self._pinged = now, None
        try:
            said = msgpack.unpackb(body, ext_hook=from_ext, strict_map_key=False)
        except Exception as error:
            raise Garbled("the service sent what is no MessagePack") from error
        for reply in said if isinstance(said, list) else (said,):
            self._give(reply)

    def _give(self, reply: Any) -> None:
        try:
            number = reply["id"]
            final = reply.get("more") is not True
            call = self._calls.pop(number, None) if final else self._calls.get(number)
            refused = reply["error"]["message"] if number is None else ""
        except (TypeError, KeyError, AttributeError) as error:
            raise Garbled("the service sent what is no reply") from error
        if call is not None:
            call[0](reply)
        elif number is None:
            # Whose it was is not said, and they would wait for ever: all of them have to end.
            raise Garbled(f"the service refused a message: {refused}")

    def cancel(self, numbers: Iterable[int]) -> bool:
        """Forgets calls, and tells the service to. Whether any was sent, and nothing is awaited now."""
        any_sent = False
        for number in numbers:
            if self._outbox.pop(number, None) is None and self._calls.pop(number, None) is not None:
                self.ask_to_stop(number)
                any_sent = True
        return any_sent and not self._calls

    def ask_to_stop(self, number: int) -> None:
        """Has the service end a call, which still gets its last reply."""
        self._take({"op": "cancel", "target": number}, None)

    def tick(self, now: float) -> float | None:
        """Watches over the service: for how long nothing has to be done, None: until something is sent.

        A service that is silent is pinged. 0.0 says that it is lost: it had its time to answer a
        ping. (Only pings count: a program that was busy elsewhere has not listened meanwhile.)
        """
        if not self._calls:
            return None
        if self._pinged is None:
            if now - self._heard < self._heartbeat:
                return self._heard + self._heartbeat - now
            self._take({"op": "ping"}, None)
            self._pinged = now
        return max(0.0, self._pinged + self._patience - self._heartbeat - now)

    def lose(self, text: str) -> None:
        """Ends all calls that were sent: nothing can be known of them any more."""
        calls, self._calls = self._calls, {}
        for number, (deliver, request) in calls.items():
            deliver(lost(request, number, text))

    def close(self, text: str) -> None:
        """Ends all calls, and forgets what was not sent."""
        unsent, self._outbox = self._outbox, {}
        for number, (_, call) in unsent.items():
            if call is not None:
                self._calls[number] = call
        self.lose(text)


def _array_header(count: int) -> bytes:
    if count < 16:
        return bytes((0x90 | count,))
    return b"\xdc" + count.to_bytes(2, "big")
