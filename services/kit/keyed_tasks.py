"""Work side by side, so much at a time; what concerns the same key goes in the order in which it came."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable


class KeyedTasks:
    """Tasks of up to *width* pieces of work, which must not raise."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._running: set[asyncio.Task[None]] = set()
        self._latest: dict[Hashable, asyncio.Task[None]] = {}

    @property
    def busy(self) -> bool:
        """Whether anything is unfinished."""
        return bool(self._running)

    def start(
        self,
        keys: Collection[Hashable],
        work: Callable[[], Awaitable[None]],
        after: Collection[asyncio.Task[None]] = (),
    ) -> asyncio.Task[None]:
        """Do *work* once all earlier work of these keys and *after* have ended; does not wait for room."""
        before = {*after, *(self._latest[key] for key in keys if key in self._latest)}
        task = asyncio.create_task(_following(before, work))
        self._running.add(task)
        self._latest.update(dict.fromkeys(keys, task))
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._latest = {key: latest for key, latest in self._latest.items() if latest is not task}

    async def room(self) -> None:
        """Return once there is room."""
        while len(self._running) >= self._width:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)

    async def settled(self, keys: Collection[Hashable]) -> None:
        """Return once the work that these keys have now has ended."""
        if tasks := {self._latest[key] for key in keys if key in self._latest}:
            await asyncio.wait(tasks)

    async def stop(self, within_s: float) -> None:
        """Let the work end, and cancel what has not in time."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=within_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


async def _following(before: Collection[asyncio.Task[None]], work: Callable[[], Awaitable[None]]) -> None:
    if before:
        await asyncio.wait(before)
    await work()
