"""What the operations ask for and make of the replies, the same for all styles."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Callable, Generic, Protocol, TypeVar, Union

from .errors import Error, error_of, walk_error_of
from .values import Oid, Oids, Reply, Request, Shape, Table, Varbinds, oid_list, oid_str

T = TypeVar("T")
Setting = tuple[Oid, str, Any]
Columns = Union[Sequence[int], Mapping[str, int]]
Result = Union[Varbinds, Error]

#: Rows in one part of a walk, where the caller does not say.
STREAM_ROWS = 100
#: Parts of one walk that wait for the program to take them. At so many the service is asked to stop
#: the walk; it is taken up again once they are taken.
PARTS_KEPT = 16
#: Requests of one batch that are under way.
WINDOW = 2000


class Call(Generic[T]):
    """A request, and what makes the result of its reply, or raises."""

    __slots__ = ("finish", "request")

    def __init__(self, request: Request, finish: Callable[[Reply], T]) -> None:
        self.request = request
        self.finish = finish


class Box(Protocol):
    """Where replies wait for who called."""

    items: deque[Reply]

    def put(self, reply: Reply) -> None: ...


def read(op: str, peer: str, oids: Oids, types: bool, keys: type, options: dict[str, Any]) -> Call[Varbinds]:
    shape = Shape(types, keys)
    request = {"op": op, "peer": peer, "oids": oid_list(oids)}
    return Call(_with(request, types, options), lambda reply: _varbinds(reply, shape))


def write(
    peer: str, settings: Iterable[Setting], types: bool, keys: type, options: dict[str, Any]
) -> Call[Varbinds]:
    shape = Shape(types, keys)
    request = {"op": "set", "peer": peer, "set": list(settings)}
    return Call(_with(request, types, options), lambda reply: _varbinds(reply, shape))


def walk(peer: str, oids: Oids, types: bool, options: dict[str, Any]) -> Request:
    request: dict[str, Any] = {"op": "walk", "peer": peer, "oids": oid_list(oids), "stream": STREAM_ROWS}
    return _with(request, types, options)


def table(
    peer: str, entry: Oid, columns: Columns | None, types: bool, keys: type, options: dict[str, Any]
) -> Call[Table]:
    shape = Shape(types, keys)
    root = oid_str(entry)
    names: Mapping[Any, int]
    if columns is None:
        names, oids = {}, [root]
    else:
        names = columns if isinstance(columns, Mapping) else {column: column for column in columns}
        oids = [f"{root}.{column}" for column in names.values()]
    request: dict[str, Any] = {"op": "walk", "peer": peer, "oids": oids}
    named = {column: name for name, column in names.items()}
    request = {**_with(request, types, options), "stream": 0}
    return Call(request, lambda reply: _table(reply, shape, root, named))


def service(op: str, options: dict[str, Any]) -> Call[Reply]:
    return Call({"op": op, **options}, _raw)


def _with(request: dict[str, Any], types: bool, options: dict[str, Any]) -> dict[str, Any]:
    if types:
        return {**request, **options, "form": "list"}
    return {**request, "exceptions": True, **options}


def _varbinds(reply: Reply, shape: Shape) -> Varbinds:
    error = error_of(reply, shape)
    if error is not None:
        raise error
    return Varbinds(reply, shape)


def _raw(reply: Reply) -> Reply:
    error = error_of(reply)
    if error is not None:
        raise error
    return reply


def _table(reply: Reply, shape: Shape, root: str, named: Mapping[int, Any]) -> Table:
    error = walk_error_of(reply, shape)
    if error is not None:
        raise error
    result = Table()
    result.reply = reply
    skip = len(root) + 1
    for oid, value in Shape(shape.types, str).rows(reply):
        column, _, index = oid[skip:].partition(".")
        key = index if shape.key is None else shape.key(index) if index else ()
        result.setdefault(key, {})[named.get(int(column), int(column))] = value
    return result


def refuse_stream(request: Request) -> None:
    if request.get("stream"):
        raise ValueError("stream: several replies come then, which stream() gives")


def result_of(reply: Reply, shape: Shape) -> Result:
    """For batches, in which an error is a result like others."""
    return error_of(reply, shape) or Varbinds(reply, shape)


class StreamState:
    """One request whose replies come in parts: when to stop the service, and how to go on.

    The program may take the rows of a walk more slowly than they come while the socket is read for
    other calls. So that they do not pile up, the service is asked to stop the walk when PARTS_KEPT
    parts wait; when these are taken, the walk is begun again behind the last row.
    """

    def __init__(self, request: Request, box: Box, ask_to_stop: Callable[[int], None]) -> None:
        self._request = request
        self._box = box
        self._ask_to_stop = ask_to_stop
        self._stopping = False
        self._rows = 0
        self._last: str | None = None
        self._began = time.monotonic()

    def put(self, reply: Reply) -> None:
        """The `deliver` of the request."""
        self._box.put(reply)
        if len(self._box.items) >= PARTS_KEPT and reply.get("more") and not self._stopping:
            self._stopping = True
            self._ask_to_stop(reply["id"])

    def took(self, reply: Reply) -> tuple[Reply, Request | None]:
        """A reply as the program is to see it, and what has to be asked for after it, if anything."""
        varbinds = reply.get("varbinds")
        if varbinds:
            self._rows += len(varbinds)
            self._last = next(reversed(varbinds)) if isinstance(varbinds, dict) else varbinds[-1][0]
        if self._stopping and reply.get("error", {}).get("name") == "cancelled":  # not by a shutdown
            self._stopping = False
            return self._as_part(reply), self._rest(reply)
        if "error" in reply and "next" not in reply and self._last is not None:
            if len(self._request["oids"]) == 1:
                reply["next"] = self._last  # the service is gone, or has refused to go on
        return reply, None

    @staticmethod
    def _as_part(reply: Reply) -> Reply:
        part: Reply = {key: reply[key] for key in ("id", "peer", "varbinds") if key in reply}
        return {**part, "more": True}

    def _rest(self, reply: Reply) -> Request:
        # Limit and deadline are those of all parts together.
        self._request = request = {**self._request}
        if "next" in reply:
            request["start"] = reply["next"]
        rest = {**request}
        if request.get("limit"):
            rest["limit"] = max(1, request["limit"] - self._rows)
        if request.get("deadline_ms"):
            spent = int((time.monotonic() - self._began) * 1000)
            rest["deadline_ms"] = max(1, request["deadline_ms"] - spent)
        return rest


class BatchState:
    """Requests of a batch: reads ahead as far as its window, knows which reply is whose."""

    def __init__(self, requests: Iterable[Request]) -> None:
        self._source: Iterator[tuple[int, Request]] = enumerate(requests)
        self._places: dict[int, int] = {}
        self._next: list[int] = []
        self.submitted: list[int] = []  # numbers of those that `todo` gave last

    def todo(self) -> list[Request]:
        """Requests to submit now; once there is room for a good many, so that they share a message."""
        room = WINDOW - len(self._places)
        if room < WINDOW // 4:
            return []
        taken = list(itertools.islice(self._source, room))
        for _, request in taken:
            refuse_stream(request)
        self._next = [place for place, _ in taken]
        self.submitted = []
        return [request for _, request in taken]

    def sent(self) -> None:
        self._places.update(zip(self.submitted, self._next))

    @property
    def idle(self) -> bool:
        return not self._places

    @property
    def under_way(self) -> list[int]:
        """Numbers of the requests that may be; to cancel one that has ended does nothing."""
        return [*self._places, *self.submitted]

    def place(self, reply: Reply) -> int:
        return self._places.pop(reply["id"])


class WalkEnd:
    """How a walk ended, for both kinds of iterators: set when its last row is out."""

    reply: Reply | None = None

    @property
    def complete(self) -> bool:
        """All that there is was seen."""
        return bool(self.reply and self.reply.get("complete"))

    @property
    def stop(self) -> str | None:
        return self.reply.get("stop") if self.reply else None

    @property
    def next(self) -> Any:
        """Where to go on (as `start`), where it is not complete."""
        return self.reply.get("next") if self.reply else None

    @property
    def quirks(self) -> list[str]:
        return list(self.reply.get("quirks", ())) if self.reply else []
