"""The named queries of notifications, loaded once, and the connections they run on."""

from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.kit.postgres import load_queries

Connection = asyncpg.Connection | PoolConnectionProxy
"""A connection of one's own, or one lent by a pool."""

queries: Any = load_queries(__file__)


async def all_rows(found: Any) -> list[Any]:
    """Return all rows of a query that may have many."""
    return [row async for row in found]
