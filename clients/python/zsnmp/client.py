"""The blocking style. All threads of a program may share one client."""

from __future__ import annotations

import functools
import math
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import Any, Callable

from ._core import Core, Deliver, Garbled
from ._interface import Interface
from ._link import Link
from .values import Reply, Request


class _Mailbox:
    """Where a thread finds the replies to what it has asked."""

    __slots__ = ("items", "gate", "_wait")

    def __init__(self, wait: Callable[[_Mailbox], None]) -> None:
        self.items: deque[Reply] = deque()
        self.gate: threading.Lock | None = None  # taken while the thread sleeps; the client's lock guards it
        self._wait = wait

    def put(self, reply: Reply) -> None:
        self.items.append(reply)
        self.wake()

    def wake(self) -> None:
        gate, self.gate = self.gate, None
        if gate is not None:
            gate.release()

    def take(self) -> Reply:
        if not self.items:
            self._wait(self)
        return self.items.popleft()


class Client(Interface):
    """A client whose calls return when their result is there.

    One of the threads that wait reads the socket for all of them. The lock guards core and link;
    nobody holds it while waiting.
    """

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
        self._lock = threading.Lock()
        self._reader: _Mailbox | None = None
        self._sleepers: dict[_Mailbox, None] = {}
        self._left: deque[int] = deque()  # calls that were left while the lock could not be had
        self._wake_in, self._wake_out = socket.socketpair()  # ends the reader's sleep
        self._woken = False
        self._watch()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends calls that are under way in other threads, and the connection."""
        if self._link.inherited:
            return  # another thread may have had the lock at the fork
        with self._lock:
            if not self._link.closed:
                self._link.close()
                self._core.close("the client was closed")
                self._wake_reader()
                self._wake_in.close()
                self._wake_out.close()

    def _mailbox(self) -> _Mailbox:
        return _Mailbox(self._wait)

    def _submit(self, requests: Iterable[Request], deliver: Deliver, numbers: list[int]) -> None:
        self._link.check()
        with self._lock:
            self._link.check()  # another thread may have closed it
            self._look()
            self._core.enqueue(requests, deliver, numbers)
            self._flush()

    def _cancel(self, numbers: Iterable[int]) -> None:
        # The collector may call this, from a generator's end, while this very thread has the lock. It
        # is not to be had then, and whoever uses the client next sends the cancellation.
        self._left.extend(numbers)
        if self._left and not self._link.inherited and self._lock.acquire(timeout=0.1):
            try:
                if not self._link.closed:
                    self._flush()
            finally:
                self._lock.release()

    # All below with the lock held, but _wait and _leave.

    def _watch(self) -> None:
        """Prepares to wait for the socket, which may be a new one."""
        self._poll = select.poll()
        for fd in (self._link.fd, self._link.monitor_fd, self._wake_in):
            self._poll.register(fd, select.POLLIN)

    def _look(self) -> None:
        """Notes that the connection broke, before anything new is sent."""
        text = self._link.broken()
        if text is not None and self._core.awaiting:
            self._lose(text)

    def _lose(self, text: str) -> None:
        try:
            self._link.open()
            self._watch()
        finally:
            self._core.lose(text)
            self._wake_reader()

    def _flush(self) -> None:
        if self._core.cancel([self._left.popleft() for _ in range(len(self._left))]):
            self._link.broken()
            if not self._link.up:
                self._lose("the service is not there")  # what waits in the socket must not go out later
        for body in self._core.bodies(time.monotonic()):
            self._link.send(body)
        if self._reader is not None and self._link.readable:
            self._wake_reader()

    def _wake_reader(self) -> None:
        if self._reader is not None and not self._woken:
            self._woken = True
            self._wake_out.send(b"w")

    def _wait(self, box: _Mailbox) -> None:
        """Returns when something is in the box."""
        try:
            while not box.items:
                with self._lock:
                    sleep = self._turn(box)
                if sleep is not None:
                    sleep()
        finally:
            self._leave(box)

    def _leave(self, box: _Mailbox) -> None:
        with self._lock:
            self._sleepers.pop(box, None)
            if self._reader is box:
                self._reader = None
            if self._reader is None and self._sleepers:
                next(iter(self._sleepers)).wake()  # it becomes the reader, or passes that on

    def _turn(self, box: _Mailbox) -> Callable[[], object] | None:
        """Reads, or leaves that to another thread: what to wait with, None where there is no need."""
        if self._reader is None:
            self._reader = box
            self._sleepers.pop(box, None)
        if self._reader is box:
            return self._read(box)
        if box.items:
            return None
        gate = box.gate = threading.Lock()
        gate.acquire()
        self._sleepers[box] = None
        return gate.acquire

    def _read(self, box: _Mailbox) -> Callable[[], object] | None:
        """Reads until something is in the box, and no further: what nobody takes stays in the socket."""
        core, link = self._core, self._link
        if self._woken:
            self._woken = False
            self._wake_in.recv(1)
        while not box.items:
            if core.unsent or self._left:
                self._flush()
            text = link.broken()
            if text is None and link.readable:
                text = self._receive()
            elif text is None:
                delay = core.tick(time.monotonic())
                assert delay is not None, "a reply is waited for that nothing will bring"
                if core.unsent:
                    self._flush()
                if delay > 0:
                    return functools.partial(self._poll.poll, math.ceil(delay * 1000))
                text = "the service does not answer"
            if text is not None:
                self._lose(text)
        return None

    def _receive(self) -> str | None:
        try:
            self._core.receive(self._link.receive(), time.monotonic())
        except Garbled as garbled:
            return str(garbled)
        return None
