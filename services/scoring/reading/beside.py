"""What is long is worked out beside the event loop, so that everybody else keeps their turn."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from services.kit.errors import Unavailable

T = TypeVar("T")

LONG = 100
"""Days of units, or of one person, beyond which a thread is worth its while: some 5 ms of work."""


async def worked_out(days: int, work: Callable[[], T]) -> T:
    """Return what *work* returns, which looks at so many days and touches nothing that others change meanwhile."""
    return await asyncio.to_thread(work) if days > LONG else work()


class OneAtATime:
    """Work that would keep every core busy if all who ask had it done at once; *most* wait, further ones come again."""

    def __init__(self, name: str, most: int) -> None:
        self._thread = ThreadPoolExecutor(1, name)
        self._most, self._waiting = most, 0

    async def work(self, work: Callable[[], T]) -> T:
        """Return what *work* returns, when it is its turn. Raises Unavailable when too many wait."""
        if self._waiting >= self._most:
            raise Unavailable("Too much of this is being worked on right now; ask again in a moment.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1
