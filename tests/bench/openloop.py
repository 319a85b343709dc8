"""
Load that does not wait: requests leave when their time has come, however slow the answers are.

Some of them are probes: once accepted, the read API is asked for their effect by the position of the answer.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson
import uvloop

from tests.bench.http import Connection, connect, get

_TICK_S = 0.001


@dataclass(frozen=True, slots=True)
class Offer:
    """Requests for one port at a steady rate, and by number of request what to ask the read API afterwards."""

    port: int
    requests: Sequence[bytes]
    per_second: float
    connections: int
    read_port: int
    read_token: str
    probes: dict[int, str]
    """Path and query, to which `at_least` is added."""


@dataclass
class Taken:
    """Seconds from the moment a request was due to its answer, and from acceptance to readable."""

    accepted_s: list[float] = field(default_factory=list)
    readable_s: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    refused: str = ""
    took_s: float = 0.0
    client_cores: float = 0.0


def open_loop(offer: Offer) -> Taken:
    """Send everything on time and return what came back."""
    return uvloop.run(_Loop(offer).run())


class _Loop:
    def __init__(self, offer: Offer) -> None:
        self._offer = offer
        self._taken = Taken()
        self._free: deque[Connection] = deque()
        self._readers: deque[Connection] = deque()
        self._waiting: deque[tuple[int, float]] = deque()
        self._unread: deque[tuple[bytes, float]] = deque()
        self._open = 0

    async def run(self) -> Taken:
        offer = self._offer
        self._free.extend(await connect(offer.port, offer.connections))
        self._readers.extend(await connect(offer.read_port, offer.connections))
        opened = [*self._free, *self._readers]
        began, processor, number = time.perf_counter(), time.process_time(), 0
        while number < len(offer.requests) or self._open:
            due = min(len(offer.requests), int((time.perf_counter() - began) * offer.per_second))
            while number < due:
                self._open += 1
                self._waiting.append((number, began + number / offer.per_second))
                number += 1
            self._send_waiting()
            await asyncio.sleep(_TICK_S)
        self._taken.took_s = time.perf_counter() - began
        self._taken.client_cores = (time.process_time() - processor) / self._taken.took_s
        for connection in opened:
            connection.close()
        return self._taken

    def _send_waiting(self) -> None:
        while self._waiting and self._free:
            number, due = self._waiting.popleft()
            self._send(self._free.popleft(), number, due)
        while self._unread and self._readers:
            request, accepted = self._unread.popleft()
            self._read(self._readers.popleft(), request, accepted)

    def _send(self, connection: Connection, number: int, due: float) -> None:
        def done(status: int, body: bytes) -> None:
            now = time.perf_counter()
            self._free.append(connection)
            self._note(status, 202, body)
            self._taken.accepted_s.append(now - due)
            self._open -= 1
            if number in self._offer.probes and status == 202:
                self._probe(self._offer.probes[number], body, now)

        connection.send(self._offer.requests[number], done)

    def _probe(self, path: str, answer: bytes, accepted: float) -> None:
        position = ",".join(f"{place}:{offset}" for place, offset in orjson.loads(answer)["position"].items())
        self._open += 1
        self._unread.append((get(f"{path}&at_least={position}", self._offer.read_token), accepted))
        self._send_waiting()

    def _read(self, reader: Connection, request: bytes, accepted: float) -> None:
        def done(status: int, body: bytes) -> None:
            self._readers.append(reader)
            self._note(status, 200, body)
            self._taken.readable_s.append(time.perf_counter() - accepted)
            self._open -= 1

        reader.send(request, done)

    def _note(self, status: int, wanted: int, body: bytes) -> None:
        self._taken.statuses[status] += 1
        if status != wanted and not self._taken.refused:
            self._taken.refused = f"{status} {body[:300].decode(errors='replace')}"
