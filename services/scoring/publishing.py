"""
From the database to Kafka: changed unit-days to kinerja.measures, unfoldable records to kinerja.dead-letters.

Both leave the queue in the transaction that also waits for Kafka's acknowledgement: a crash in between publishes again,
with a greater revision, never less.
"""

from base64 import b64encode
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from operator import itemgetter
from typing import Any

import asyncpg
import orjson

from schemas.topics import DEAD_LETTERS, DIRECTORY, EVENTS, MEASURES
from services.kit import crashpoints
from services.kit.postgres import Connection
from services.kit.producing import Producer
from services.scoring import metrics
from services.scoring.domain.directory import EVERYONE, Directory
from services.scoring.domain.figures import own_measures
from services.scoring.domain.measures import Measures
from services.scoring.domain.record import DIRECTORY_PARTITION
from services.scoring.reading.current import counters_on
from services.scoring.store import queries
from services.scoring.store.directory_state import DirectoryState

UNIT_DAYS_A_STEP = 2_000
LETTERS_A_STEP = 8
"""Few, for each may be as large as a record can be."""
LARGEST_TOLD_BYTES = 4 * 1024 * 1024
"""Of a record that cannot be read; base 64 makes a third more of it, and a topic takes 8 MiB."""
UnitDay = tuple[str, date]


class Publisher:
    """Publishes what the fold noted; of several, one at a time works on one database."""

    def __init__(self, pool: asyncpg.Pool, producer: Producer, state: DirectoryState) -> None:
        self._pool = pool
        self._producer = producer
        self._state = state

    async def publish(self) -> int:
        """
        Publish the oldest of what waits; return how many messages. Raises Unavailable.

        Measures and dead letters each in a transaction of their own: where one fails the other is not published again.
        """
        count = await self._in_turn(self._measures)
        count += await self._in_turn(self._dead_letters)
        if count:
            crashpoints.reached("scoring.published")
        return count

    async def _in_turn(self, work: Callable[[Connection], Awaitable[int]]) -> int:
        async with self._pool.acquire() as conn, conn.transaction():
            return await work(conn) if await queries.lead_publishing(conn) else 0

    async def _measures(self, conn: Connection) -> int:
        noted = [(row["unit"], row["day"]) for row in await queries.take_from_outbox(conn, size=UNIT_DAYS_A_STEP)]
        taken: list[UnitDay] = sorted({*noted, *await self._of_span(conn)}, key=itemgetter(1, 0))
        if not taken:
            return 0
        revisions = [row["revision"] for row in await queries.next_revisions(conn, count=len(taken))]
        messages = await unit_day_messages(conn, self._state, taken)
        crashpoints.reached("scoring.publish")
        await self._send(
            [
                (MEASURES, unit, {**message, "revision": revision})
                for (unit, _), message, revision in zip(taken, messages, revisions, strict=True)
            ]
        )
        crashpoints.reached("scoring.acknowledged")
        metrics.PUBLISHED.inc(len(taken))
        return len(taken)

    async def _of_span(self, conn: Connection) -> list[UnitDay]:
        """Take the next units of the oldest span out of the queue; return their days in it that may be closed."""
        span = await queries.outbox_span(conn)
        if span is None:
            return []
        directory = await self._state.current(conn)
        one_day = span["first"] == span["last"]
        days = [span["first"]] if one_day else directory.closing_days(span["first"], span["last"])
        codes = directory.tree.ordered_codes if span["unit"] == EVERYONE else [span["unit"]]
        start = bisect_right(codes, span["after"])
        end = start + max(1, UNIT_DAYS_A_STEP // max(1, len(days)))
        if end < len(codes):
            await queries.continue_outbox_span(conn, id=span["id"], after=codes[end - 1])
        else:
            await queries.finish_outbox_span(conn, id=span["id"])
        return [(unit, day) for unit in codes[start:end] for day in days]

    async def _dead_letters(self, conn: Connection) -> int:
        rows = await queries.take_dead_letters(conn, size=LETTERS_A_STEP)
        if not rows:
            return 0
        keys = [f"{row['partition']}:{row['record_offset']}" for row in rows]
        await self._send([(DEAD_LETTERS, key, _set_aside(row)) for key, row in zip(keys, rows, strict=True)])
        return len(rows)

    async def _send(self, messages: Sequence[tuple[str, str, dict[str, Any]]]) -> None:
        await self._producer.send((topic, key.encode(), orjson.dumps(value)) for topic, key, value in messages)


async def unit_day_messages(conn: Connection, state: DirectoryState, taken: Sequence[UnitDay]) -> list[dict[str, Any]]:
    """Return the messages, without revision, for unit-days: absolute values of the unit's own people and services."""
    directory = await state.current(conn)
    own = await counters_on(conn, taken)
    return [_message(directory, unit, day, own_measures(directory, unit, day, own)) for unit, day in taken]


def _message(directory: Directory, unit: str, day: date, measures: Measures) -> dict[str, Any]:
    return {
        "unit": unit,
        "day": day.isoformat(),
        "closed": directory.closed(unit, day),
        "measures": measures,
    }


def _set_aside(row: asyncpg.Record) -> dict[str, Any]:
    return set_aside_message(row["partition"], row["record_offset"], row["reason"], row["payload"])


def set_aside_message(partition: int, offset: int, reason: str, payload: bytes | None) -> dict[str, Any]:
    """Return what the dead letters say of a record that could not be folded."""
    if payload is not None and len(payload) > LARGEST_TOLD_BYTES:
        reason, payload = f"{reason} (its {len(payload)} bytes are too many to be told; the journal has them)", None
    topic, partition = (DIRECTORY, 0) if partition == DIRECTORY_PARTITION else (EVENTS, partition)
    return {
        "origin": {"topic": topic, "partition": partition, "offset": offset},
        "reason": reason,
        "payload_base64": b64encode(payload or b"").decode(),
    }
