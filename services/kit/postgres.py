"""Connections to PostgreSQL and named queries."""

from pathlib import Path
from typing import Any

import aiosql
import asyncpg

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


async def open_pool(dsn: str, *, size: int = 10, timeout_s: float = 30, **kwargs: Any) -> asyncpg.Pool:
    """
    Open a pool of lazily made connections; succeeds also while the server is away.

    Statements end after *timeout_s*, so that a hanging server cannot hang us.
    """
    pool = asyncpg.create_pool(
        dsn, min_size=0, max_size=size, command_timeout=timeout_s, timeout=4, server_settings={"jit": "off"}, **kwargs
    )
    return await pool
