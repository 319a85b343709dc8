"""
What happens without a request: parked events are released, and owed records sent.

Any process does any of it; rows are taken with SKIP LOCKED. Each step is bounded and may be repeated after a crash.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import asyncpg
import structlog

from services.ingest import metrics
from services.ingest.domain.candidate import parked_candidate
from services.ingest.domain.identity import Identity
from services.ingest.domain.parking import Resolution, Waiting, place
from services.ingest.domain.routing import LogRecord
from services.ingest.log import Log
from services.ingest.rejections import letter_of_parked
from services.ingest.rights import ANOTHERS_SUBJECT, within
from services.ingest.store import dead_letters, intake, release
from services.ingest.store.release import ParkedEvent
from services.kit import crashpoints
from services.kit.failures import is_away
from services.kit.postgres import transaction

log = structlog.get_logger()

STEP = 500
"""Events or records in one transaction."""


class Release:
    """Works until cancelled; `poke` it when there may be something to do."""

    def __init__(self, pool: asyncpg.Pool, kafka: Log, *, poll_s: float) -> None:
        self._pool, self._log = pool, kafka
        self._poll_s = poll_s
        self._poked = asyncio.Event()
        self._postponed = False

    def poke(self) -> None:
        """Look at once instead of at the next poll."""
        self._poked.set()

    async def run(self) -> None:
        """Release and send, for ever."""
        while True:
            self._poked.clear()
            if not await self._attempt(self._work):
                await self._pause()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._poll_s):
                await self._poked.wait()
        except TimeoutError:
            return

    async def _attempt(self, step: Callable[[], Awaitable[bool]]) -> bool:
        try:
            worked = await step()
        except Exception as exc:  # a bug in one step must not end the loop that others rely on
            if not is_away(exc):
                log.exception("release.failed")
            elif not self._postponed:  # once per outage
                log.warning("release.postponed", reason=str(exc))
            self._postponed |= is_away(exc)
            return False
        self._postponed = False
        return worked

    async def _work(self) -> bool:
        woken = await self.wake_step()
        sent = await self.send_step()
        return woken or sent

    async def wake_step(self) -> bool:
        """
        Look again at some of the events that wait for a need just met; say whether there were any.

        Under the lock of facts: what it finds missing cannot be registered before it has written so.
        """
        async with transaction(self._pool) as conn:
            await intake.lock(conn, registering=False)
            wake = await release.next_wake(conn)
            if wake is None:
                return False
            waiting = await release.waiting_for(conn, wake, STEP)
            await self._look_again(conn, waiting)
            await release.advance(conn, wake, list(waiting)[-1] if len(waiting) == STEP else None)
            crashpoints.reached("ingest.wake")
        crashpoints.reached("ingest.woken")
        return True

    async def _look_again(self, conn: asyncpg.Connection, waiting: Mapping[Identity, ParkedEvent]) -> None:
        candidates = {identity: parked_candidate(kept.event, kept.within) for identity, kept in waiting.items()}
        directory = await intake.load_directory(conn, (found.needs for found in candidates.values()), ())
        placed: dict[Identity, Resolution] = {}
        missing: dict[Identity, str] = {}
        refused: dict[Identity, ParkedEvent] = {}
        for identity, found in candidates.items():
            placement = place(found.needs, directory)
            if isinstance(placement, Waiting):
                missing[identity] = placement.need
            elif found.within and not within(found.within, found.subject(placement)):
                refused[identity] = waiting[identity]
            else:
                placed[identity] = placement
        if placed:
            records = [candidates[identity].record(resolution) for identity, resolution in placed.items()]
            await release.unpark(conn, placed)
            await intake.owe(conn, records)
            metrics.RELEASED.inc(len(placed))
        if missing:
            await release.wait_for(conn, missing)
        if refused:
            await release.withdraw(conn, refused)
            letters = [letter_of_parked(kept.event, kept.client, ANOTHERS_SUBJECT.detail) for kept in refused.values()]
            await dead_letters.keep(conn, letters)
            metrics.DEAD_LETTERS.inc(len(refused))

    async def send_step(self) -> bool:
        """Send some of the records owed to the log; say whether there were any."""
        async with transaction(self._pool) as conn:
            numbers, records = await release.owed(conn, STEP)
            if not numbers:
                return False
            await self._log.wait_until_up(1)
            await self._send(conn, numbers, list(records))
        crashpoints.reached("ingest.released")
        return True

    async def _send(self, conn: asyncpg.Connection, numbers: list[int], records: list[LogRecord]) -> None:
        places = await self._log.append(records)
        crashpoints.reached("ingest.release")
        written = [number for number, written in zip(numbers, places, strict=True) if written is not None]
        await intake.settle(conn, written)
        metrics.OWED_SENT.inc(len(written))
        if len(written) < len(numbers):
            log.warning("release.unacknowledged", records=len(numbers) - len(written))
