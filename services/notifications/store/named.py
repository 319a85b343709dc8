"""The named queries of notifications, loaded once, and the connections they run on."""

from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.kit.postgres import load_queries

Connection = asyncpg.Connection | PoolConnectionProxy
"""A connection of one's own, or one lent by a pool."""

queries: Any = load_queries(__file__)
