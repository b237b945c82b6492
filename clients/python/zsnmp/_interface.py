"""The interface of the two styles in which a call returns its result: blocking and gevent."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable, Iterator
from typing import Any, Callable, Protocol, TypeVar

from . import _operations as operations
from ._core import Core, Deliver
from ._operations import BatchState, Box, Call, Columns, Result, Setting, StreamState, WalkEnd
from .errors import walk_error_of
from .values import Oid, Oids, Reply, Request, Shape, Table, Varbinds, oid_list

T = TypeVar("T")
D = TypeVar("D", bound="str | Device")


class Mailbox(Box, Protocol):
    def take(self) -> Reply:
        """The next reply, waiting for it."""
        ...


class Interface:
    """What can be asked. A style adds how requests are sent and replies waited for."""

    _core: Core
    _defaults: dict[str, Any]
    _mailbox: Callable[[], Mailbox]
    _submit: Callable[[Iterable[Request], Deliver, list[int]], None]
    _cancel: Callable[[Iterable[int]], None]

    def device(self, peer: str, **options: Any) -> Device:
        """A device with its credentials and other options, which calls may still override."""
        return Device(self, peer, options)

    def get(
        self, peer: str, oids: Oids, *, types: bool = False, keys: type = str, **options: Any
    ) -> Varbinds:
        """Reads values."""
        return self._call(operations.read("get", peer, oids, types, keys, {**self._defaults, **options}))

    def get_next(
        self, peer: str, oids: Oids, *, types: bool = False, keys: type = str, **options: Any
    ) -> Varbinds:
        """Reads what follows in the order of the device."""
        return self._call(operations.read("get_next", peer, oids, types, keys, {**self._defaults, **options}))

    def get_bulk(
        self, peer: str, oids: Oids, *, types: bool = False, keys: type = str, **options: Any
    ) -> Varbinds:
        """Reads rows that follow: `max_repetitions` of each but the first `non_repeaters` OIDs."""
        return self._call(operations.read("get_bulk", peer, oids, types, keys, {**self._defaults, **options}))

    def set(
        self,
        peer: str,
        settings: Iterable[Setting],
        *,
        types: bool = False,
        keys: type = str,
        **options: Any,
    ) -> Varbinds:
        """Sets values: (oid, letter of the type, value) for each."""
        return self._call(operations.write(peer, settings, types, keys, {**self._defaults, **options}))

    def walk(self, peer: str, oids: Oids, *, types: bool = False, keys: type = str, **options: Any) -> Walk:
        """Iterates over (oid, value) of all below one OID or several."""
        request = operations.walk(peer, oids, types, {**self._defaults, **options})
        return Walk(self, request, Shape(types, keys))

    def table(
        self,
        peer: str,
        entry: Oid,
        columns: Columns | None = None,
        *,
        types: bool = False,
        keys: type = str,
        **options: Any,
    ) -> Table:
        """The rows of a table by index. `entry` is the OID of its rows, such as ifEntry."""
        options = {**self._defaults, **options}
        return self._call(operations.table(peer, entry, columns, types, keys, options))

    def get_many(
        self, devices: Iterable[D], oids: Oids, *, types: bool = False, keys: type = str, **options: Any
    ) -> Generator[tuple[D, Result], None, None]:
        """The same GET of many devices: (device, values or error) of each, as they come."""
        shape = Shape(types, keys)
        asked: dict[int, D] = {}

        def requests() -> Iterator[Request]:
            names = oid_list(oids)
            for place, device in enumerate(devices):
                asked[place] = device
                peer, own = (device, {}) if isinstance(device, str) else (device.peer, device.options)
                more = {**self._defaults, **own, **options}
                yield operations.read("get", peer, names, types, keys, more).request

        with contextlib.closing(self.batch_iter(requests())) as replies:
            for place, reply in replies:
                yield asked.pop(place), operations.result_of(reply, shape)

    def request(self, request: Request) -> Reply:
        """Any request, as docs/PROTOCOL.md has it, and its reply as it comes, errors included."""
        operations.refuse_stream(request)
        return self._ask(request)

    def stream(self, request: Request) -> Generator[Reply, None, None]:
        """Any request, and all its replies: parts while `more` is true, then the last one."""
        box = self._mailbox()
        state = StreamState(request, box, self._core.ask_to_stop)
        rest: Request | None = request
        while rest is not None:
            under_way: list[int] = []
            try:
                self._submit([rest], state.put, under_way)
                while under_way:
                    reply = box.take()
                    if not reply.get("more"):
                        under_way = []
                    reply, rest = state.took(reply)
                    yield reply
            finally:
                self._cancel(under_way)

    def batch(self, requests: Iterable[Request]) -> list[Reply]:
        """The replies to many requests, in the order of the requests."""
        replies = dict(self.batch_iter(requests))
        return [replies[place] for place in range(len(replies))]

    def batch_iter(self, requests: Iterable[Request]) -> Generator[tuple[int, Reply], None, None]:
        """(place of the request, its reply) as they come. Reads `requests` while it goes on."""
        batch = BatchState(requests)
        box = self._mailbox()
        try:
            while True:
                todo = batch.todo()
                if todo:
                    self._submit(todo, box.put, batch.submitted)
                    batch.sent()
                elif batch.idle:
                    return
                reply = box.take()
                yield batch.place(reply), reply
                while box.items:
                    reply = box.items.popleft()
                    yield batch.place(reply), reply
        finally:
            self._cancel(batch.under_way)

    def ping(self, **options: Any) -> Reply:
        """`protocol`, `version` and `uptime_ms` of the service."""
        return self._call(operations.service("ping", options))

    def info(self, **options: Any) -> dict[str, Any]:
        """The counters of the service."""
        info: dict[str, Any] = self._call(operations.service("info", options))["info"]
        return info

    def devices(self, **options: Any) -> Reply:
        """What the service knows of its devices: `known` and `devices`. Takes `limit` and `sort`."""
        return self._call(operations.service("devices", options))

    def _call(self, call: Call[T]) -> T:
        return call.finish(self._ask(call.request))

    def _ask(self, request: Request) -> Reply:
        box = self._mailbox()
        under_way: list[int] = []
        try:
            self._submit([request], box.put, under_way)
            return box.take()
        except BaseException:
            self._cancel(under_way)
            raise


class Walk(WalkEnd):
    """A walk. Each iteration is one from the beginning; who leaves it cancels the walk."""

    def __init__(self, client: Interface, request: Request, shape: Shape) -> None:
        self._client = client
        self._request = request
        self._shape = shape

    def __iter__(self) -> Generator[tuple[Any, Any], None, None]:
        with contextlib.closing(self._client.stream(self._request)) as replies:
            for reply in replies:
                yield from self._shape.rows(reply)
        self.reply = reply
        error = walk_error_of(reply, self._shape)
        if error is not None:
            raise error


class Device:
    """One device: the calls of a client without `peer`."""

    def __init__(self, client: Interface, peer: str, options: dict[str, Any]) -> None:
        self.client = client
        self.peer = peer
        self.options = options

    def __repr__(self) -> str:
        return f"Device({self.peer!r})"  # no options: they may be secrets

    def get(self, oids: Oids, *, types: bool = False, keys: type = str, **options: Any) -> Varbinds:
        return self.client.get(self.peer, oids, types=types, keys=keys, **{**self.options, **options})

    def get_next(self, oids: Oids, *, types: bool = False, keys: type = str, **options: Any) -> Varbinds:
        return self.client.get_next(self.peer, oids, types=types, keys=keys, **{**self.options, **options})

    def get_bulk(self, oids: Oids, *, types: bool = False, keys: type = str, **options: Any) -> Varbinds:
        return self.client.get_bulk(self.peer, oids, types=types, keys=keys, **{**self.options, **options})

    def set(
        self, settings: Iterable[Setting], *, types: bool = False, keys: type = str, **options: Any
    ) -> Varbinds:
        return self.client.set(self.peer, settings, types=types, keys=keys, **{**self.options, **options})

    def walk(self, oids: Oids, *, types: bool = False, keys: type = str, **options: Any) -> Walk:
        return self.client.walk(self.peer, oids, types=types, keys=keys, **{**self.options, **options})

    def table(
        self,
        entry: Oid,
        columns: Columns | None = None,
        *,
        types: bool = False,
        keys: type = str,
        **options: Any,
    ) -> Table:
        options = {**self.options, **options}
        return self.client.table(self.peer, entry, columns, types=types, keys=keys, **options)
