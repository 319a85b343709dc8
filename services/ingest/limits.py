"""How much may be in memory at once: bodies in flight are refused beyond a limit, and worked on a few at a time."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from services.ingest import metrics
from services.ingest.fairness import FairQueue
from services.kit.problems import unavailable

SHORT_BODY = 65_536
"""Bytes; a hundred events or so."""


class InFlight:
    """Counts the bytes of bodies that are not answered yet."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._bytes = 0

    @contextmanager
    def account(self) -> Iterator["Account"]:
        """Give the bytes taken in the block back at its end."""
        account = Account(self)
        try:
            yield account
        finally:
            self.take(-account.bytes)

    def take(self, size: int) -> None:
        """Take *size* more bytes. Raises a 503 Problem when that is too much."""
        if size > 0 and self._bytes + size > self._most:
            raise unavailable("Too many requests are under way; send the same again in a moment.", retry_after_s=1)
        self._bytes += size
        metrics.BYTES_IN_FLIGHT.set(self._bytes)


class Account:
    """What one request holds of the bytes in flight."""

    def __init__(self, in_flight: InFlight) -> None:
        self._in_flight = in_flight
        self.bytes = 0

    def take(self, size: int) -> None:
        """Hold *size* more bytes. Raises a 503 Problem when too many are in flight."""
        self._in_flight.take(size)
        self.bytes += size


class Turns:
    """
    Lets requests work as long as their bodies together stay below *most* bytes, senders in turn.

    Decoded events take many times the memory of their text. One body may always work, however long it is. Short bodies
    have a quarter of the bytes to themselves, so that they never wait for long ones.
    """

    def __init__(self, most: int) -> None:
        self._long, self._short = _Line(most - most // 4), _Line(most // 4)

    @asynccontextmanager
    async def turn(self, sender: str, size: int) -> AsyncIterator[None]:
        """Wait for a turn of *size* bytes and hold it during the block."""
        line = self._short if size <= SHORT_BODY else self._long
        await line.enter(sender, size)
        try:
            yield
        finally:
            line.leave(size)


class _Line:
    def __init__(self, most: int) -> None:
        self._most = most
        self._bytes = 0
        self._queue: FairQueue[tuple[int, asyncio.Future[None]]] = FairQueue()

    async def enter(self, sender: str, size: int) -> None:
        if not self._queue and self._fits(size):
            self._bytes += size
            return
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.push(sender, (size, admitted))
        try:
            await admitted
        except asyncio.CancelledError:
            if not admitted.cancelled():  # admitted and cancelled in the same moment
                self._bytes -= size
            self._admit()
            raise

    def leave(self, size: int) -> None:
        self._bytes -= size
        self._admit()

    def _fits(self, size: int) -> bool:
        return not self._bytes or self._bytes + size <= self._most

    def _admit(self) -> None:
        """Let in who fits; who has gone meanwhile, and does not know it yet, is passed over."""
        while self._queue and ((entry := self._queue.peek())[1].done() or self._fits(entry[0])):
            size, admitted = self._queue.pop()
            if not admitted.done():
                self._bytes += size
                admitted.set_result(None)
