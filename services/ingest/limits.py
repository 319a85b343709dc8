"""How much may be in memory at once: bodies in flight are refused beyond a limit, and worked on a few at a time."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from services.ingest import metrics
from services.ingest.fair import FairQueue
from services.kit.problems import unavailable

SMALL_BYTES, SMALL_SHARE = 65_536, 4
"""Bodies up to this long have a share of turns of their own, this part of the whole beside it."""


class InFlight:
    """Counts the bytes of bodies that are not answered yet: *most* of all, half of that of one client, or *longest*."""

    def __init__(self, most: int, longest: int) -> None:
        self._most, self._most_of_one = most, max(most // 2, longest)
        self._bytes = 0
        self._of = Counter[str]()

    @contextmanager
    def account(self, client: str) -> Iterator["Account"]:
        """Give the bytes taken in the block back at its end."""
        account = Account(self, client)
        try:
            yield account
        finally:
            self.take(client, -account.bytes)

    def take(self, client: str, size: int) -> None:
        """Take *size* more bytes. Raises a 503 Problem when that is too much."""
        if size > 0 and (self._bytes + size > self._most or self._of[client] + size > self._most_of_one):
            raise unavailable("Too many requests are under way; send the same again in a moment.", retry_after_s=1)
        self._bytes += size
        self._of[client] += size
        if not self._of[client]:
            del self._of[client]
        metrics.BYTES_IN_FLIGHT.set(self._bytes)


class Account:
    """What one request holds of the bytes in flight."""

    def __init__(self, in_flight: InFlight, client: str) -> None:
        self._in_flight, self._client = in_flight, client
        self.bytes = 0

    def take(self, size: int) -> None:
        """Hold *size* more bytes. Raises a 503 Problem when too many are in flight."""
        self._in_flight.take(self._client, size)
        self.bytes += size


class Turns:
    """
    Lets requests work while their bodies together stay below *most* bytes, clients in a circle, each in order.

    Decoded events take many times the memory of their text. One body may always work, however long it is; small ones
    never wait for large ones.
    """

    def __init__(self, most: int) -> None:
        self._large, self._small = _Kind(most), _Kind(max(1, most // SMALL_SHARE))

    @asynccontextmanager
    async def turn(self, client: str, size: int) -> AsyncIterator[None]:
        """Wait for a turn of *size* bytes and hold it during the block."""
        kind = self._small if size <= SMALL_BYTES else self._large
        await kind.enter(client, size)
        try:
            yield
        finally:
            kind.leave(size)


class _Kind:
    """Bodies of one kind, and who waits for a turn."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._bytes = 0
        self._queue: FairQueue[tuple[int, asyncio.Future[None]]] = FairQueue()

    async def enter(self, client: str, size: int) -> None:
        if not self._queue and self._fits(size):
            self._bytes += size
            return
        given: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.add(client, (size, given))
        try:
            await given
        except asyncio.CancelledError:
            if not given.cancelled():  # admitted and cancelled in the same moment
                self._bytes -= size
            self._admit()
            raise

    def leave(self, size: int) -> None:
        self._bytes -= size
        self._admit()

    def _fits(self, size: int) -> bool:
        return not self._bytes or self._bytes + size <= self._most

    def _admit(self) -> None:
        while self._queue:
            size, given = self._queue.first()
            if given.done():  # its wait was cancelled
                self._queue.pop()
            elif self._fits(size):
                self._queue.pop()
                self._bytes += size
                given.set_result(None)
            else:
                return
