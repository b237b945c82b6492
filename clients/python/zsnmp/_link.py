"""The connection: one DEALER with its monitor, and never a wait. A link belongs to one process."""

from __future__ import annotations

import itertools
import os
from typing import Any

import zmq
from zmq.utils.monitor import recv_monitor_message

#: Messages that wait in the socket. Walks of which nobody takes the parts stop at the service then.
RECEIVE_HWM = 100

# Of monitors, since a name may still be taken when its socket is closed already.
_numbers = itertools.count()
_POLLIN = int(zmq.POLLIN)
_MADE = int(zmq.EVENT_HANDSHAKE_SUCCEEDED)
_REFUSED = zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
_REFUSED |= zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL


class Link:
    def __init__(self, endpoint: str, server_key: Any, public_key: Any, secret_key: Any) -> None:
        if len({key is None for key in (server_key, public_key, secret_key)}) > 1:
            raise ValueError("server_key, public_key and secret_key: all three or none")
        self._endpoint = endpoint
        self._keys = (server_key, public_key, secret_key)
        self._pid = os.getpid()
        self._socket: zmq.Socket[bytes] | None = None
        self._monitor: zmq.Socket[bytes] | None = None
        self.open()

    def open(self) -> None:
        """Connects anew; an earlier socket is dropped with all that waits in it."""
        self.close()
        self.up = False  # as far as `broken` has seen
        socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.DEALER)
        self._socket = socket
        try:
            socket.linger = 0
            socket.sndhwm = 0  # what is sent is bounded by the calls under way
            socket.rcvhwm = RECEIVE_HWM
            socket.ipv6 = "[" in self._endpoint
            if self._keys[0] is not None:
                socket.curve_serverkey, socket.curve_publickey, socket.curve_secretkey = map(_key, self._keys)
            name = f"inproc://zsnmp-{next(_numbers)}"
            socket.monitor(name, _MADE | zmq.EVENT_DISCONNECTED | _REFUSED)
            self._monitor = monitor = zmq.Context.instance().socket(zmq.PAIR)
            # Events that nobody reads, as of a client that is idle, must not wait for a place: the I/O
            # thread would, with all sockets of the process.
            monitor.rcvhwm = 0
            monitor.connect(name)
            socket.connect(self._endpoint)
        except BaseException:
            self.close()
            raise
        self.fd: int = int(socket.getsockopt(zmq.FD))
        self.monitor_fd: int = int(self._monitor.getsockopt(zmq.FD))

    def close(self) -> None:
        socket, self._socket = self._socket, None
        monitor, self._monitor = self._monitor, None
        if socket is not None and not self.inherited:
            socket.disable_monitor()
            if monitor is not None:
                monitor.close()
            socket.close()

    @property
    def closed(self) -> bool:
        return self._socket is None

    @property
    def inherited(self) -> bool:
        """This is the child of a fork: what looks like the client's belongs to the parent."""
        return self._pid != os.getpid()

    def check(self) -> None:
        """Raises where nothing can be asked any more. Comes before any lock: a fork may have kept that."""
        if self._socket is None:
            raise RuntimeError("the client is closed")
        if self.inherited:
            raise RuntimeError("the client was made before a fork; make one in this process")

    def _open_socket(self) -> zmq.Socket[bytes]:
        if self._socket is None:
            raise RuntimeError("the client is closed")
        return self._socket

    def send(self, body: bytes) -> None:
        self._open_socket().send(body, zmq.DONTWAIT)

    @property
    def readable(self) -> bool:
        """A message is there. Has to be asked after each send too, as that can take the FD's signal."""
        return _has_input(self._open_socket())

    def receive(self) -> bytes:
        return self._open_socket().recv(zmq.DONTWAIT)

    def broken(self) -> str | None:
        """What has become of the connection since the last look; None where nothing has."""
        monitor = self._monitor
        text = None
        while monitor is not None and _has_input(monitor):
            event = int(recv_monitor_message(monitor, zmq.DONTWAIT)["event"])
            self.up = event == _MADE
            if self.up:
                continue
            if event & _REFUSED:
                text = "the service refused the connection (CURVE keys?)"
            else:
                text = text or "the connection to the service broke"
        return text


def _has_input(socket: zmq.Socket[bytes]) -> bool:
    # The typed attributes of pyzmq cost several times as much.
    return bool(int(socket.getsockopt(zmq.EVENTS)) & _POLLIN)


def _key(key: str | bytes) -> bytes:
    return key.encode() if isinstance(key, str) else key
