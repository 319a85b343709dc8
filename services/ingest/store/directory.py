"""Reads for people: what waits, and who is who."""

from collections.abc import Sequence

import asyncpg

from services.ingest.store.queries import QUERIES


async def parked(pool: asyncpg.Pool, after: int, most: int) -> list[asyncpg.Record]:
    """Return a page of parked events, oldest first."""
    rows: list[asyncpg.Record] = await pool.fetch(QUERIES.parked.sql, after, most)
    return rows


async def names(pool: asyncpg.Pool, ids: Sequence[str]) -> dict[str, str]:
    """Return the names of those employees of *ids* who are registered."""
    return {row["id"]: row["name"] for row in await pool.fetch(QUERIES.names.sql, ids)}
