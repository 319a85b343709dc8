"""Reads for people: what waits, and who is who."""

from collections.abc import Sequence

import asyncpg

from services.ingest.store.queries import QUERIES


async def parked(pool: asyncpg.Pool, after: int, most: int) -> list[asyncpg.Record]:
    """Return a page of parked events, oldest first."""
    rows: list[asyncpg.Record] = await pool.fetch(QUERIES.parked.sql, after, most)
    return rows


async def parked_or_discarded(pool: asyncpg.Pool, number: int) -> asyncpg.Record | None:
    """Return one event that waits, or waited until it was discarded."""
    return await pool.fetchrow(QUERIES.parked_or_discarded.sql, number)


async def discard(pool: asyncpg.Pool, number: int, client: str, reason: str) -> bool:
    """Discard a parked event; say whether it was still there."""
    return await pool.fetchval(QUERIES.discard.sql, number, client, reason) is not None


async def names(pool: asyncpg.Pool, ids: Sequence[str]) -> dict[str, str]:
    """Return the names of those employees of *ids* who are registered."""
    return {row["id"]: row["name"] for row in await pool.fetch(QUERIES.names.sql, ids)}
