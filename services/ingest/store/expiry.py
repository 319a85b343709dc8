"""What goes with its age: claims, dead letters, events that waited too long, yesterday's counts."""

from typing import NamedTuple

import asyncpg

from services.ingest.domain.identity import Identity
from services.ingest.store.queries import QUERIES


class OldParked(NamedTuple):
    """An event that has waited too long for *need*."""

    identity: Identity
    event: bytes
    client: str | None
    need: str


async def expire_claims(conn: asyncpg.Connection, days: int, most: int) -> int:
    """Remove at most *most* claims older than *days*; return how many went."""
    return _count(await conn.execute(QUERIES.expire_claims.sql, days, most))


async def old_parked(conn: asyncpg.Connection, days: int, most: int) -> list[OldParked]:
    """Take at most *most* events that have waited *days*, oldest first, until the end of the transaction."""
    rows = await conn.fetch(QUERIES.old_parked.sql, days, most)
    return [OldParked(row["identity"].hex, row["event"], row["client"], row["waits_for"]) for row in rows]


async def old_letters(conn: asyncpg.Connection, days: int, most: int) -> dict[int, str]:
    """Return at most *most* dead letters older than *days*, with their clients, oldest first."""
    return {row["id"]: row["client"] for row in await conn.fetch(QUERIES.old_letters.sql, days, most)}


async def forget_letters(conn: asyncpg.Connection, numbers: list[int]) -> int:
    """Remove dead letters; return how many went."""
    return _count(await conn.execute(QUERIES.forget_letters.sql, numbers))


async def forget_counts(conn: asyncpg.Connection) -> None:
    """Remove what was counted on days that are over."""
    await conn.execute(QUERIES.forget_counts.sql)


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])
