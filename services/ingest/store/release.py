"""Waking parked events, sending what is owed, and letting old claims go."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import asyncpg
import orjson

from services.ingest.domain.candidate import Scope
from services.ingest.domain.identity import Identity
from services.ingest.domain.parking import Resolution
from services.ingest.domain.routing import LogRecord
from services.ingest.store.intake import read_scope
from services.ingest.store.queries import QUERIES


@dataclass(frozen=True, slots=True)
class Wake:
    """A need that was met; events up to identity *past* have been looked at."""

    number: int
    need: str
    past: Identity


async def next_wake(conn: asyncpg.Connection) -> Wake | None:
    """Take the next met need until the end of the transaction; None when there is none that nobody else works on."""
    row = await conn.fetchrow(QUERIES.next_wake.sql)
    return Wake(row["id"], row["need"], row["past"].hex) if row else None


class ParkedEvent(NamedTuple):
    """An event that waits: as it was sent, by whom (None: before that was kept), what of their rights is still open."""

    event: bytes
    client: str | None
    within: Scope


async def waiting_for(conn: asyncpg.Connection, wake: Wake, most: int) -> dict[Identity, ParkedEvent]:
    """Return the next events that wait for the need, at most *most*, in the order of their identities."""
    rows = await conn.fetch(QUERIES.waiting_for.sql, wake.need, wake.past, most)
    return {row["identity"].hex: ParkedEvent(row["event"], row["client"], read_scope(row["within"])) for row in rows}


async def withdraw(conn: asyncpg.Connection, identities: Collection[Identity]) -> None:
    """Take events out of the parking that do not go to the log, and free their identities."""
    await conn.execute(QUERIES.unpark.sql, list(identities))
    await conn.execute(QUERIES.withdraw.sql, list(identities))


async def unpark(conn: asyncpg.Connection, placed: Mapping[Identity, Resolution]) -> None:
    """Take events out of the parking and keep in their claims how they were resolved."""
    identities = list(placed)
    await conn.execute(QUERIES.unpark.sql, identities)
    await conn.execute(QUERIES.resolve.sql, identities, [orjson.dumps(item).decode() for item in placed.values()])


async def wait_for(conn: asyncpg.Connection, needs: Mapping[Identity, str]) -> None:
    """Let parked events wait for something else."""
    await conn.execute(QUERIES.wait_for.sql, list(needs), list(needs.values()))


async def advance(conn: asyncpg.Connection, wake: Wake, past: Identity | None) -> None:
    """Note that events up to *past* have been looked at; None: all have."""
    if past is None:
        await conn.execute(QUERIES.finish_wake.sql, wake.number)
    else:
        await conn.execute(QUERIES.advance_wake.sql, past, wake.number)


async def owed(conn: asyncpg.Connection, most: int) -> tuple[list[int], Sequence[LogRecord]]:
    """Take records that are due until the end of the transaction; return their numbers and themselves."""
    rows = await conn.fetch(QUERIES.owed.sql, most)
    return [row["id"] for row in rows], [LogRecord(row["topic"], row["key"], row["value"]) for row in rows]
