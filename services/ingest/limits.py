"""How much may be in memory at once: bodies in flight are refused beyond a limit, and worked on a few at a time."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from services.ingest import metrics
from services.kit.problems import unavailable


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
    Lets requests work in the order of their coming, as long as their bodies together stay below *most* bytes.

    Decoded events take many times the memory of their text. One body may always work, however long it is.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._bytes = 0
        self._queue: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def turn(self, size: int) -> AsyncIterator[None]:
        """Wait for a turn of *size* bytes and hold it during the block."""
        if self._queue or not self._fits(size):
            await self._wait(size)
        else:
            self._bytes += size
        try:
            yield
        finally:
            self._bytes -= size
            self._admit()

    def _fits(self, size: int) -> bool:
        return not self._bytes or self._bytes + size <= self._most

    async def _wait(self, size: int) -> None:
        entry = size, asyncio.get_running_loop().create_future()
        self._queue.append(entry)
        try:
            await entry[1]
        except asyncio.CancelledError:
            if entry in self._queue:
                self._queue.remove(entry)
            else:  # admitted and cancelled in the same moment
                self._bytes -= size
            self._admit()
            raise

    def _admit(self) -> None:
        while self._queue and self._fits(self._queue[0][0]):
            size, turn = self._queue.popleft()
            self._bytes += size
            turn.set_result(None)
