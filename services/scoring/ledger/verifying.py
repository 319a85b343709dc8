"""Walks all partitions of the journal in one snapshot, through a cursor, beside the log when there is one."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from services.kit.failures import or_database_unavailable
from services.scoring.domain.ledger import Head, Walk, duplicates
from services.scoring.ledger.log import Log
from services.scoring.store import queries

ROWS_A_STEP = 5_000
Told = Callable[[int], None]
"""Told how many more rows were examined."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a partition held once its offset was *position*."""

    position: int
    chain: bytes
    digest: bytes


@dataclass(slots=True)
class Examined:
    """One partition examined: its walk, what it held at the asked-for positions, and how far the log is ahead."""

    walk: Walk
    marks: dict[int, Mark] = field(default_factory=dict)
    waiting: int | None = None


@asynccontextmanager
async def snapshot(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """Read the journal and the fence as of one moment, while the fold goes on. Raises Unavailable."""
    with or_database_unavailable("PostgreSQL does not answer; check KINERJA_SCORING_DSN and try again."):
        conn = await asyncpg.connect(dsn, timeout=10, server_settings={"jit": "off"})
        try:
            async with conn.transaction(isolation="repeatable_read", readonly=True):
                yield conn
        finally:
            await conn.close()


async def heads(conn: asyncpg.Connection) -> list[Head]:
    """Return how far each partition is folded."""
    return [Head(row["partition"], row["next_offset"], row["chain"]) for row in await queries.ledger_heads(conn)]


async def examine(
    conn: asyncpg.Connection, head: Head, log: Log | None, sealed: int | None, progress: Told
) -> Examined:
    """
    Examine one partition. Raises Unavailable when the log stops answering.

    What the partition held at its end, and at offset *sealed* when that is given, is noted in `marks`.
    """
    refolded = {row["record_offset"]: row["fault"] for row in await queries.refolded_of(conn, partition=head.partition)}
    examined = Examined(Walk(head, refolded), waiting=log.waiting(head.partition, head.next_offset) if log else None)
    _note(examined, 0)
    cursor = await conn.cursor(queries.ledger_rows.sql, head.partition)
    while rows := await cursor.fetch(ROWS_A_STEP):
        originals = await _originals(conn, head.partition, rows)
        for run in _runs(rows, sealed):
            last = run[-1]["record_offset"]
            excerpt = await log.excerpt(head.partition, run[0]["record_offset"], last) if log else None
            examined.walk.take(run, excerpt, originals)
            if last + 1 in (sealed, head.next_offset):
                _note(examined, last + 1)
        progress(len(rows))
    examined.walk.finish()
    return examined


def _runs(rows: list[asyncpg.Record], sealed: int | None) -> list[list[asyncpg.Record]]:
    """Cut rows where a seal ends, and at gaps, so that one far-off row cannot make us read the whole log."""
    offsets = [row["record_offset"] for row in rows]
    cuts = [
        place for place in range(1, len(rows)) if offsets[place] != offsets[place - 1] + 1 or offsets[place] == sealed
    ]
    return [rows[start:end] for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]


def _note(examined: Examined, position: int) -> None:
    examined.marks[position] = Mark(position, *examined.walk.evidence())


async def _originals(conn: asyncpg.Connection, partition: int, rows: list[asyncpg.Record]) -> Mapping[bytes, int]:
    identities = duplicates(rows)
    if not identities:
        return {}
    found = await queries.ledger_originals(
        conn, partition=partition, identities=[UUID(bytes=identity) for identity in identities]
    )
    return {row["identity"].bytes: row["record_offset"] for row in found}
