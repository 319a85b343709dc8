"""
A client of HTTP/1.1 that costs little beside what it measures: ready-made requests over bare sockets on uvloop.

Runs in a process of its own (`elsewhere`), so that making load and bearing it do not share an interpreter.
"""

import asyncio
import ctypes
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import ParamSpec, TypeVar, cast

import uvloop

LOOPBACK = "127.0.0.1"
_PR_SET_PDEATHSIG = 1
Done = Callable[[int, bytes], None]
"""Called with status and body of an answer."""

P = ParamSpec("P")
T = TypeVar("T")


async def elsewhere(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do *work* in a fresh process; arguments and result are pickled."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_end_with_parent) as pool:
        return await asyncio.wrap_future(pool.submit(work, *args, **kwargs))


def _end_with_parent() -> None:
    """Have the kernel end this process when the one that started it is killed."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def post(path: str, token: str, media_type: str, body: bytes) -> bytes:
    """Return a whole POST request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str, token: str) -> bytes:
    """Return a whole GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


class Connection(asyncio.Protocol):
    """One connection with at most one request under way."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._length = -1
        self._head = 0
        self._done: Done | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its class

    def send(self, request: bytes, done: Done) -> None:
        """Send *request* and call *done* with the answer."""
        assert self._transport
        self._done = done
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        if self._length < 0:
            end = received.find(b"\r\n\r\n")
            if end < 0:
                return
            self._head = end + 4
            self._length = _content_length(received[:end])
        if len(received) >= self._head + self._length:
            status, body = int(received[9:12]), bytes(received[self._head : self._head + self._length])
            received.clear()
            self._length = -1
            done, self._done = self._done, None
            if done:
                done(status, body)

    def connection_lost(self, exc: Exception | None) -> None:
        done, self._done = self._done, None
        if done:
            done(0, b"the connection was closed")

    def close(self) -> None:
        """Close the connection."""
        if self._transport:
            self._transport.close()


def _content_length(head: bytearray) -> int:
    lowered = bytes(head).lower()
    start = lowered.find(b"content-length:")
    if start < 0:
        raise ValueError("an answer without content-length")
    return int(lowered[start + 15 :].split(b"\r\n", 1)[0])


async def connect(port: int, count: int) -> list[Connection]:
    """Open connections to a port of loopback."""
    loop = asyncio.get_running_loop()
    opened = await asyncio.gather(*(loop.create_connection(Connection, LOOPBACK, port) for _ in range(count)))
    return [protocol for _, protocol in opened]


@dataclass
class Answered:
    """
    What came back: seconds of each answer, statuses, how often *marker* stood in bodies, and the first refusal.

    *client_cores*: how busy the client itself was; near 1 it would be what limits.
    """

    took_s: float = 0.0
    client_cores: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    marked: int = 0
    refused: str = ""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies_s) / self.took_s

    def note(self, status: int, body: bytes, latency_s: float, wanted: int, marker: bytes) -> None:
        """Take in one answer."""
        self.latencies_s.append(latency_s)
        self.statuses[status] += 1
        self.marked += body.count(marker) if marker else 0
        if status != wanted and not self.refused:
            self.refused = f"{status} {body[:300].decode(errors='replace')}"


@dataclass(frozen=True, slots=True)
class Load:
    """Requests to send one after the other on each of *connections*, until they or *seconds* are over."""

    port: int
    requests: Sequence[bytes]
    connections: int
    seconds: float
    wanted: int = 200
    marker: bytes = b""


def closed_loop(load: Load) -> Answered:
    """Send as fast as the answers come."""
    return uvloop.run(_closed_loop(load))


async def _closed_loop(load: Load) -> Answered:
    answered, requests = Answered(), iter(load.requests)
    connections = await connect(load.port, load.connections)
    over = asyncio.get_running_loop().create_future()
    began, processor = time.perf_counter(), time.process_time()
    busy = len(connections)

    def next_on(connection: Connection) -> None:
        nonlocal busy
        request = next(requests, None) if time.perf_counter() - began < load.seconds else None
        if request is None:
            busy -= 1
            if not busy:
                over.set_result(None)
            return
        sent = time.perf_counter()

        def done(status: int, body: bytes) -> None:
            answered.note(status, body, time.perf_counter() - sent, load.wanted, load.marker)
            next_on(connection)

        connection.send(request, done)

    for connection in connections:
        next_on(connection)
    await over
    answered.took_s = time.perf_counter() - began
    answered.client_cores = (time.process_time() - processor) / answered.took_s
    for connection in connections:
        connection.close()
    return answered
