"""Connections to PostgreSQL and named queries."""

from pathlib import Path
from typing import Any

import aiosql
import asyncpg
from aiosql.adapters.asyncpg import AsyncPGAdapter

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy
"""A connection, of a pool or on its own."""

GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.DiskFullError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    ConnectionError,
    TimeoutError,
    OSError,
)
"""What a database that is away, restarting, full or contended raises: the same may succeed later."""


def load_queries(package_file: str) -> Any:
    """Load the named queries of the `sql` folder beside *package_file*, a module's `__file__`, as methods."""
    return aiosql.from_path(Path(package_file).parent / "sql", "asyncpg")


class _ListingAdapter(AsyncPGAdapter):  # type: ignore[misc]
    """Answers a select with the list of its rows; aiosql's own makes an async generator, a step of the loop per row."""

    is_aio_driver = False  # each method returns a coroutine, which aiosql then hands through as it is

    async def select(self, conn: Connection, query_name: str, sql: str, parameters: Any, _: Any = None) -> Any:
        return await conn.fetch(sql, *self.maybe_order_params(query_name, parameters))  # type: ignore[no-untyped-call]


def named_queries(package_file: str) -> Any:
    """
    Load the named queries of the `sql` folder beside *package_file*, a module's `__file__`, as awaitable methods.

    A select answers with a list of rows, `$` with one value, `^` with one row or None, `!` with PostgreSQL's status.
    """
    return aiosql.from_path(Path(package_file).parent / "sql", _ListingAdapter)  # type: ignore[arg-type]


async def open_pool(dsn: str, *, size: int = 10, timeout_s: float = 30, **kwargs: Any) -> asyncpg.Pool:
    """
    Open a pool of lazily made connections; succeeds also while the server is away.

    Statements end after *timeout_s*, so that a hanging server cannot hang us.
    """
    pool = asyncpg.create_pool(
        dsn, min_size=0, max_size=size, command_timeout=timeout_s, timeout=4, server_settings={"jit": "off"}, **kwargs
    )
    return await pool
