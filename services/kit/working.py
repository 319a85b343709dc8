"""What a process does beside answering: work that goes on after any failure, and a watch over its consumer."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

from services.kit import metrics
from services.kit.dispositions import Disposition, disposition_of
from services.kit.fenced import FencedConsumer
from services.kit.postgres import GONE

log = structlog.get_logger()

AFTER_FAILURE_S = 2.0
LOOK_EVERY_S = 1.0
CHECK_EVERY_S = 30.0
STALLED_S = 30.0
GIVE_UP_S = 60.0
STUCK = 70
"""Exit status of a process whose work has ended, or no longer reads although there is something to read."""


async def keep(name: str, work: Callable[[], Awaitable[bool]], idle_s: float = 0.5) -> None:
    """Do *work* for ever: again at once while it finds something to do, else after a pause."""
    while True:
        try:
            pause = 0.0 if await work() else idle_s
        except Exception as exc:
            _note(name, exc)
            pause = AFTER_FAILURE_S
        await asyncio.sleep(pause)


def _note(name: str, exc: Exception) -> None:
    disposition = disposition_of(exc)
    metrics.WORK_FAILURES.labels(name, disposition.name.lower()).inc()
    if disposition is Disposition.STAND_STILL:
        log.error("work.failed", work=name, exc_info=exc)
    else:
        log.warning("work.postponed", work=name, error=type(exc).__name__)


def end_with(work: asyncio.Task[None]) -> None:
    """End the process when *work*, which should go on for ever, fails: alive and idle it would be missed by nobody."""

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (exc := task.exception()) is not None:
            log.error("work.ended", exc_info=exc)
            os._exit(STUCK)

    work.add_done_callback(ended)


async def watch(consumer: FencedConsumer) -> None:
    """
    See to it that the log is the one that was folded, and that the consumer reads it.

    One that is stuck ends the process; its supervisor starts a fresh one, and nothing is lost.
    """
    checked_at = time.monotonic()
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        due = time.monotonic() - checked_at >= CHECK_EVERY_S
        checked_at = time.monotonic() if due else checked_at
        try:
            await consumer.look(everywhere=due)
            stuck = await consumer.stalled(GIVE_UP_S)
        except Exception as exc:  # Kafka away: the consumer is not stuck, there is nothing to read
            _note("watch", exc)
            continue
        if stuck and not consumer.failing:
            log.error("consumer.stuck", seconds=GIVE_UP_S)
            os._exit(STUCK)


async def reads(consumer: FencedConsumer) -> bool:
    """Say whether partitions are assigned, read and folded."""
    try:
        return bool(consumer.assigned) and not consumer.failing and not await consumer.stalled(STALLED_S)
    except Exception:
        return False


async def answers(pool: asyncpg.Pool, table: str) -> bool:
    """Say whether the database answers and is migrated so far that *table*, one of the service's own, exists."""
    try:
        async with asyncio.timeout(1.5), pool.acquire(timeout=1) as conn:
            return await conn.fetchval("SELECT to_regclass($1)", table) is not None
    except (*GONE, asyncpg.PostgresError):
        return False
