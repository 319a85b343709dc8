"""The watch over what a process folds: whether it reads, reads the right log, and has a database."""

import asyncio
import os
import time

import asyncpg
import structlog

from services.kit.failures import DATABASE_AWAY
from services.kit.fenced import FencedConsumer
from services.kit.supervision import STUCK, note_failure

log = structlog.get_logger()

LOOK_EVERY_S = 1.0
CHECK_EVERY_S = 30.0
STALLED_S = 30.0
GIVE_UP_S = 60.0


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
            note_failure("watch", exc)
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
    except (*DATABASE_AWAY, asyncpg.PostgresError):
        return False
