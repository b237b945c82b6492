"""Core and link driven by an event loop: what asyncio and gevent have in common.

What is asked for in one round of the loop goes out in one message, and its replies come in few.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Callable, Protocol

from ._core import Core, Deliver, Garbled
from ._link import Link
from .values import Request

#: Messages read before others have their turn: fewer than a walk whose program keeps up may have waiting.
READ_AT_ONCE = 8

Undo = Callable[[], object]


class Loop(Protocol):
    """What is needed of an event loop. `later` and `readable` give what takes it back."""

    def check(self) -> None:
        """Raises where the caller runs in another loop: nothing would come of what it asks here."""
        ...

    def soon(self, call: Callable[[], None]) -> object: ...

    def later(self, seconds: float, call: Callable[[], None]) -> Undo: ...

    def readable(self, fd: int, call: Callable[[], None]) -> Undo: ...


class Pump:
    def __init__(self, core: Core, link: Link, loop: Loop) -> None:
        self._core = core
        self._link = link
        self._loop = loop
        self._undo: list[Undo] = []
        self._timer: Undo | None = None
        self._flushing = False  # soon
        self._reading = False  # soon, as there is more to read
        self._watch()

    def submit(self, requests: Iterable[Request], deliver: Deliver, numbers: list[int]) -> None:
        self._link.check()
        self._loop.check()
        self._core.enqueue(requests, deliver, numbers)
        self._flush_soon()

    def cancel(self, numbers: Iterable[int]) -> None:
        if self._core.cancel(numbers):
            self._link.broken()
            if not self._link.up:
                self._lose("the service is not there")  # what waits in the socket must not go out later
        self._flush_soon()

    def close(self) -> None:
        if not self._link.closed:
            self._stop()
            self._link.close()
            self._core.close("the client was closed")

    def forget(self) -> None:
        """In a child process: leaves the connection alone, which is the parent's."""
        self._stop()
        self._core.close("the process was forked")

    def _stop(self) -> None:
        self._unwatch()
        if self._timer is not None:
            self._timer()

    def _watch(self) -> None:
        self._undo = [
            self._loop.readable(self._link.fd, self._read),
            self._loop.readable(self._link.monitor_fd, self._look),
        ]

    def _unwatch(self) -> None:
        for undo in self._undo:
            undo()
        self._undo = []

    def _flush_soon(self) -> None:
        if self._core.unsent and not self._flushing:
            self._flushing = True
            self._loop.soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        if self._link.closed:
            return
        self._look()
        for body in self._core.bodies(time.monotonic()):
            self._link.send(body)
        if self._timer is None:
            self._tick()
        self._read()

    def _look(self) -> None:
        """Notes that the connection broke, before anything new is sent."""
        if self._link.closed:
            return
        text = self._link.broken()
        if text is not None and self._core.awaiting:
            self._lose(text)

    def _read(self) -> None:
        link, core = self._link, self._core
        for _ in range(READ_AT_ONCE):
            if link.closed or not link.readable:
                break
            try:
                core.receive(link.receive(), time.monotonic())
            except Garbled as garbled:
                self._lose(str(garbled))
        else:
            if not self._reading:
                self._reading = True
                self._loop.soon(self._read_on)
        self._flush_soon()

    def _read_on(self) -> None:
        self._reading = False
        self._read()

    def _tick(self) -> None:
        """Watches over the service while anything is awaited."""
        self._timer = None
        if self._link.closed:
            return
        self._read()  # what has come while the loop was busy counts
        delay = self._core.tick(time.monotonic())
        if delay == 0.0:
            self._lose("the service does not answer")
        elif delay is not None:
            self._timer = self._loop.later(max(delay, 0.001), self._tick)
        self._flush_soon()

    def _lose(self, text: str) -> None:
        self._unwatch()
        try:
            self._link.open()
            self._watch()
        finally:
            self._core.lose(text)
