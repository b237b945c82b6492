"""The gevent style: the calls of the blocking one, waiting as greenlets do.

It needs no monkey-patching. A client belongs to the thread, and so to the hub, of its first call.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import partial
from typing import Any, Callable

import gevent
from gevent.hub import Waiter

from ._core import Core, Deliver
from ._interface import Interface
from ._link import Link
from ._pump import Pump, Undo
from .values import Reply, Request


class _Hub:
    """gevent's hub as the pump needs it."""

    def __init__(self) -> None:
        self._loop = gevent.get_hub().loop

    def check(self) -> None:
        if gevent.get_hub().loop is not self._loop:
            raise RuntimeError("the client belongs to another hub, that of its first call")

    def soon(self, call: Callable[[], None]) -> object:
        return self._loop.run_callback(call)

    def later(self, seconds: float, call: Callable[[], None]) -> Undo:
        timer = self._loop.timer(seconds)
        undo = _undo(timer)

        def fire() -> None:
            undo()
            call()

        timer.start(fire)
        return undo

    def readable(self, fd: int, call: Callable[[], None]) -> Undo:
        # Only the timer, which runs while anything is awaited, keeps the hub from being at its end.
        watcher = self._loop.io(fd, 1, ref=False)
        watcher.start(call)
        return _undo(watcher)


def _undo(watcher: Any) -> Undo:
    def undo() -> None:
        watcher.stop()
        watcher.close()

    return undo


class _Mailbox:
    """Where one greenlet finds the replies to what it has asked."""

    __slots__ = ("items", "_waiter")

    def __init__(self) -> None:
        self.items: deque[Reply] = deque()
        self._waiter: Waiter | None = None

    def put(self, reply: Reply) -> None:
        self.items.append(reply)
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            # In the loop's next round: who is woken may do anything, and this is the middle of reading.
            waiter.hub.loop.run_callback(waiter.switch, None)

    def take(self) -> Reply:
        if not self.items:
            self._waiter = Waiter()
            self._waiter.get()
        return self.items.popleft()


class Client(Interface):
    """A client for greenlets; any number of them share it."""

    def __init__(
        self,
        endpoint: str = "tcp://127.0.0.1:7161",
        *,
        heartbeat: float = 5,
        patience: float = 15,
        server_key: str | bytes | None = None,
        public_key: str | bytes | None = None,
        secret_key: str | bytes | None = None,
        **defaults: Any,
    ) -> None:
        self._defaults = defaults
        self._core = Core(heartbeat, patience)
        self._link = Link(endpoint, server_key, public_key, secret_key)
        self._pump: Pump | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends calls of other greenlets that are under way, and the connection."""
        if self._pump is not None:
            self._pump.close()
        self._link.close()

    def _forget(self) -> None:
        """For a child process after a fork: ends its copies of calls; the connection stays the parent's."""
        if self._pump is not None:
            self._pump.forget()

    def _mailbox(self) -> _Mailbox:
        return _Mailbox()

    def _ask(self, request: Request) -> Reply:
        # One reply needs no mailbox; that is a good part of what a GET costs.
        waiter = Waiter()
        under_way: list[int] = []
        try:
            self._submit([request], partial(waiter.hub.loop.run_callback, waiter.switch), under_way)
            reply: Reply = waiter.get()
        except BaseException:
            self._cancel(under_way)
            raise
        return reply

    def _submit(self, requests: Iterable[Request], deliver: Deliver, numbers: list[int]) -> None:
        if self._pump is None:
            self._pump = Pump(self._core, self._link, _Hub())
        self._pump.submit(requests, deliver, numbers)

    def _cancel(self, numbers: Iterable[int]) -> None:
        if self._pump is not None:
            self._pump.cancel(numbers)
