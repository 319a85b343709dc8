"""How far the log has acknowledged records, remembered beyond a process: by it a log that lost its tail is known."""

from collections.abc import Mapping

import asyncpg

from services.ingest.store.queries import QUERIES
from services.kit.postgres import transaction

Reached = Mapping[tuple[str, int], int]
"""The next offset by topic and partition."""


async def exchange(pool: asyncpg.Pool, reached: Reached) -> Reached:
    """Note how far this process saw partitions come; return how far any process did. Raises Unavailable."""
    async with transaction(pool) as conn:
        if reached:
            topics, partitions = zip(*sorted(reached), strict=True)
            offsets = [reached[place] for place in sorted(reached)]
            await conn.execute(QUERIES.raise_acknowledged.sql, topics, partitions, offsets)
        rows = await conn.fetch(QUERIES.acknowledged.sql)
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
