"""The asyncio style: the calls of the blocking one as coroutines, its iterators as async iterators.

A client belongs to the event loop of its first call.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator
from typing import Any, Callable, TypeVar

from . import _operations as operations
from ._core import Core, Deliver
from ._link import Link
from ._operations import BatchState, Call, Columns, Result, Setting, StreamState, WalkEnd
from ._pump import Pump, Undo
from .errors import walk_error_of
from .values import Oid, Oids, Reply, Request, Shape, Table, Varbinds, oid_list

T = TypeVar("T")
D = TypeVar("D", bound="str | Device")


class _Loop:
    """asyncio's loop as the pump needs it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def check(self) -> None:
        if asyncio.get_running_loop() is not self._loop:
            raise RuntimeError("the client belongs to another event loop, that of its first call")

    def soon(self, call: Callable[[], None]) -> object:
        return self._loop.call_soon(call)

    def later(self, seconds: float, call: Callable[[], None]) -> Undo:
        return self._loop.call_later(seconds, call).cancel

    def readable(self, fd: int, call: Callable[[], None]) -> Undo:
        self._loop.add_reader(fd, call)
        return lambda: self._loop.remove_reader(fd)


class _Mailbox:
    __slots__ = ("items", "_filled")

    def __init__(self) -> None:
        self.items: deque[Reply] = deque()
        self._filled: asyncio.Future[None] | None = None

    def put(self, reply: Reply) -> None:
        self.items.append(reply)
        if self._filled is not None and not self._filled.done():
            self._filled.set_result(None)

    async def take(self) -> Reply:
        while not self.items:
            self._filled = asyncio.get_running_loop().create_future()
            await self._filled
        return self.items.popleft()


class Client:
    """A client for the tasks of one event loop; any number of them share it."""

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

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *unused: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends calls of other tasks that are under way, and the connection."""
        if self._pump is not None:
            self._pump.close()
        self._link.close()

    def device(self, peer: str, **options: Any) -> Device:
        """A device with its credentials and other options, which calls may still override."""
        return Device(self, peer, options)

    async def get(
        self, peer: str, oids: Oids, *, types: bool = False, keys: type = str, **options: Any
    ) -> Varbinds:
        """Reads values."""
        return await self._call(
            operations.read("get", peer, oids, types, keys, {**self._defaults, **options})
        )

    async def get_next(
        self, peer: str, oids: Oids, *, types: bool = False, keys: type = str, **options: Any
    ) -> Varbinds:
        """Reads what follows in the order of the device."""
        return await self._call(
            operations.read("get_next", peer, oids, types, keys, {**self._defaults, **options})
        )

    async def get_bulk(
        self, peer: str, oids: Oids, *, types: bool = False, keys: type = str, **options: Any
    ) -> Varbinds:
        """Reads rows that follow: `max_repetitions` of each but the first `non_repeaters` OIDs."""
        return await self._call(
            operations.read("get_bulk", peer, oids, types, keys, {**self._defaults, **options})
        )

    async def set(
        self,
        peer: str,
        settings: Iterable[Setting],
        *,
        types: bool = False,
        keys: type = str,
        **options: Any,
    ) -> Varbinds:
        """Sets values: (oid, letter of the type, value) for each."""
        return await self._call(operations.write(peer, settings, types, keys, {**self._defaults, **options}))

    def walk(self, peer: str, oids: Oids, *, types: bool = False, keys: type = str, **options: Any) -> Walk:
        """Iterates over (oid, value) of all below one OID or several."""
        request = operations.walk(peer, oids, types, {**self._defaults, **options})
        return Walk(self, request, Shape(types, keys))

    async def table(
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
        return await self._call(operations.table(peer, entry, columns, types, keys, options))

    async def get_many(
        self, devices: Iterable[D], oids: Oids, *, types: bool = False, keys: type = str, **options: Any
    ) -> AsyncGenerator[tuple[D, Result], None]:
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

        replies = self.batch_iter(requests())
        try:
            async for place, reply in replies:
                yield asked.pop(place), operations.result_of(reply, shape)
        finally:
            await replies.aclose()

    async def request(self, request: Request) -> Reply:
        """Any request, as docs/PROTOCOL.md has it, and its reply as it comes, errors included."""
        operations.refuse_stream(request)
        return await self._ask(request)

    async def stream(self, request: Request) -> AsyncGenerator[Reply, None]:
        """Any request, and all its replies: parts while `more` is true, then the last one."""
        box = _Mailbox()
        state = StreamState(request, box, self._core.ask_to_stop)
        rest: Request | None = request
        while rest is not None:
            under_way: list[int] = []
            try:
                self._submit([rest], state.put, under_way)
                while under_way:
                    reply = await box.take()
                    if not reply.get("more"):
                        under_way = []
                    reply, rest = state.took(reply)
                    yield reply
            finally:
                self._cancel(under_way)

    async def batch(self, requests: Iterable[Request]) -> list[Reply]:
        """The replies to many requests, in the order of the requests."""
        replies = {place: reply async for place, reply in self.batch_iter(requests)}
        return [replies[place] for place in range(len(replies))]

    async def batch_iter(self, requests: Iterable[Request]) -> AsyncGenerator[tuple[int, Reply], None]:
        """(place of the request, its reply) as they come. Reads `requests` while it goes on."""
        batch = BatchState(requests)
        box = _Mailbox()
        try:
            while True:
                todo = batch.todo()
                if todo:
                    self._submit(todo, box.put, batch.submitted)
                    batch.sent()
                elif batch.idle:
                    return
                reply = await box.take()
                yield batch.place(reply), reply
                while box.items:
                    reply = box.items.popleft()
                    yield batch.place(reply), reply
        finally:
            self._cancel(batch.under_way)

    async def ping(self, **options: Any) -> Reply:
        """`protocol`, `version` and `uptime_ms` of the service."""
        return await self._call(operations.service("ping", options))

    async def info(self, **options: Any) -> dict[str, Any]:
        """The counters of the service."""
        info: dict[str, Any] = (await self._call(operations.service("info", options)))["info"]
        return info

    async def devices(self, **options: Any) -> Reply:
        """What the service knows of its devices: `known` and `devices`. Takes `limit` and `sort`."""
        return await self._call(operations.service("devices", options))

    async def _call(self, call: Call[T]) -> T:
        return call.finish(await self._ask(call.request))

    async def _ask(self, request: Request) -> Reply:
        box = _Mailbox()
        under_way: list[int] = []
        try:
            self._submit([request], box.put, under_way)
            return await box.take()
        except BaseException:
            self._cancel(under_way)
            raise

    def _submit(self, requests: Iterable[Request], deliver: Deliver, numbers: list[int]) -> None:
        if self._pump is None:
            self._pump = Pump(self._core, self._link, _Loop())
        self._pump.submit(requests, deliver, numbers)

    def _cancel(self, numbers: Iterable[int]) -> None:
        if self._pump is not None:
            self._pump.cancel(numbers)


class Walk(WalkEnd):
    """A walk. Each iteration is one from the beginning; who leaves it cancels the walk."""

    def __init__(self, client: Client, request: Request, shape: Shape) -> None:
        self._client = client
        self._request = request
        self._shape = shape

    async def __aiter__(self) -> AsyncGenerator[tuple[Any, Any], None]:
        replies = self._client.stream(self._request)
        try:
            async for reply in replies:
                for row in self._shape.rows(reply):
                    yield row
        finally:
            await replies.aclose()
        self.reply = reply
        error = walk_error_of(reply, self._shape)
        if error is not None:
            raise error


class Device:
    """One device: the calls of a client without `peer`."""

    def __init__(self, client: Client, peer: str, options: dict[str, Any]) -> None:
        self.client = client
        self.peer = peer
        self.options = options

    def __repr__(self) -> str:
        return f"Device({self.peer!r})"  # no options: they may be secrets

    async def get(self, oids: Oids, *, types: bool = False, keys: type = str, **options: Any) -> Varbinds:
        return await self.client.get(self.peer, oids, types=types, keys=keys, **{**self.options, **options})

    async def get_next(
        self, oids: Oids, *, types: bool = False, keys: type = str, **options: Any
    ) -> Varbinds:
        return await self.client.get_next(
            self.peer, oids, types=types, keys=keys, **{**self.options, **options}
        )

    async def get_bulk(
        self, oids: Oids, *, types: bool = False, keys: type = str, **options: Any
    ) -> Varbinds:
        return await self.client.get_bulk(
            self.peer, oids, types=types, keys=keys, **{**self.options, **options}
        )

    async def set(
        self, settings: Iterable[Setting], *, types: bool = False, keys: type = str, **options: Any
    ) -> Varbinds:
        return await self.client.set(
            self.peer, settings, types=types, keys=keys, **{**self.options, **options}
        )

    def walk(self, oids: Oids, *, types: bool = False, keys: type = str, **options: Any) -> Walk:
        return self.client.walk(self.peer, oids, types=types, keys=keys, **{**self.options, **options})

    async def table(
        self,
        entry: Oid,
        columns: Columns | None = None,
        *,
        types: bool = False,
        keys: type = str,
        **options: Any,
    ) -> Table:
        options = {**self.options, **options}
        return await self.client.table(self.peer, entry, columns, types=types, keys=keys, **options)
