"""Connections to PostgreSQL and named queries."""

import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiosql
import asyncpg
from aiosql.adapters.asyncpg import AsyncPGAdapter

from services.kit.failures import DATABASE_AWAY, is_database_away, or_database_unavailable

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy
"""A connection, of a pool or on its own."""

_FRAGMENT = re.compile(r"<<([\w.]+)>>")

RESERVE_TIMEOUT_S = 5
"""Longest statement on a reserved connection: all of them look up a few rows."""


class StatementFailed(Exception):
    """A statement that can never work. Says the kind of error only: the driver's words quote rows and arguments."""


class _DirectAdapter(AsyncPGAdapter):
    """
    Asks a connection or a pool as it is, which have the same methods; a select answers with the list of its rows.

    aiosql's own looks through all names of a connection before each query, and makes an async generator of a select: a
    step of the loop per row.
    """

    is_aio_driver = False  # each method returns a coroutine, which aiosql then hands through as it is

    def select(self, conn: Connection, query_name: str, sql: str, parameters: Any, _: Any = None) -> Any:
        return conn.fetch(sql, *self._ordered(query_name, parameters))

    def select_one(self, conn: Connection, query_name: str, sql: str, parameters: Any, _: Any = None) -> Any:
        return conn.fetchrow(sql, *self._ordered(query_name, parameters))

    def select_value(self, conn: Connection, query_name: str, sql: str, parameters: Any) -> Any:
        return conn.fetchval(sql, *self._ordered(query_name, parameters))

    def insert_update_delete(self, conn: Connection, query_name: str, sql: str, parameters: Any) -> Any:
        return conn.execute(sql, *self._ordered(query_name, parameters))

    def _ordered(self, query_name: str, parameters: Any) -> Any:
        return self.maybe_order_params(query_name, parameters)  # type: ignore[no-untyped-call]


def load_queries(package_file: str, fragments: Mapping[str, str] | None = None, others: Iterable[Path] = ()) -> Any:
    """
    Load the named queries of the `sql` folder beside *package_file*, a module's `__file__`, as awaitable methods.

    *others*: further files that belong to them.

    A select answers with a list of rows, `$` with one value, `^` with one row or None, `!` with PostgreSQL's status.
    `<<name>>` in a query stands for one of the *fragments*, lists of columns that are declared elsewhere once.
    """
    files = sorted([*(Path(package_file).parent / "sql").glob("*.sql"), *others])
    text = "\n".join(file.read_text("utf-8") for file in files)
    whole = _FRAGMENT.sub(lambda found: (fragments or {})[found[1]], text)
    return aiosql.from_str(whole, _DirectAdapter)


class Stateless(asyncpg.Connection):
    """A connection whose users leave nothing on it but an open transaction: no round trip resets the rest."""

    def get_reset_query(self) -> str:
        """Return no query."""
        return ""


async def open_pool(
    dsn: str,
    *,
    size: int = 10,
    timeout_s: float = 30,
    silence_s: float = 60,
    server_settings: dict[str, str] | None = None,
    **kwargs: Any,
) -> asyncpg.Pool:
    """
    Open a pool of lazily made connections; succeeds also while the server is away.

    Statements end after *timeout_s*, on both sides: a hanging server cannot hang us, and what nobody waits for any more
    costs the server nothing. A transaction in which we are silent for *silence_s* ends too (0: never), so that a frozen
    process does not keep others out with its locks.
    """
    limits = {
        "statement_timeout": str(round(timeout_s * 1000)),
        "idle_in_transaction_session_timeout": str(round(silence_s * 1000)),
    }
    settings = {"jit": "off", **limits, **(server_settings or {})}
    pool = asyncpg.create_pool(
        dsn, min_size=0, max_size=size, command_timeout=timeout_s, timeout=4, server_settings=settings, **kwargs
    )
    return await pool


async def open_reserve(dsn: str, *, size: int = 1) -> asyncpg.Pool:
    """
    Open the connections that health, and looks on behalf of many, have for themselves, one each.

    They answer however busy those of a pool are.
    """
    return await open_pool(dsn, size=size, timeout_s=RESERVE_TIMEOUT_S)


@asynccontextmanager
async def transaction(pool: asyncpg.Pool, *, acquire_s: float = 2) -> AsyncIterator[asyncpg.Connection]:
    """
    Run the block in one transaction on a connection of *pool*.

    Raises Unavailable when the server is away, slow or contended. A connection whose state is then unknown is thrown
    away rather than asked for a rollback that would hang in its turn; so is one whose task was cancelled.
    """
    with or_database_unavailable():
        connection: Any = await pool.acquire(timeout=acquire_s)
    try:
        scope = connection.transaction()
        try:
            await scope.start()
            yield connection
            await scope.commit()
        except BaseException as exc:
            await _undo(connection, scope, exc)
            if isinstance(exc, (asyncpg.PostgresError, asyncpg.InterfaceError)) and not is_database_away(exc):
                raise StatementFailed(type(exc).__name__).with_traceback(exc.__traceback__) from None
            with or_database_unavailable():
                raise
    finally:
        await pool.release(connection)


@asynccontextmanager
async def connection(pool: asyncpg.Pool, *, acquire_s: float = 4) -> AsyncIterator[Connection]:
    """Lend a connection of *pool*. Raises Unavailable when the server is away, slow or contended."""
    with or_database_unavailable():
        async with pool.acquire(timeout=acquire_s) as lent:
            yield lent


@asynccontextmanager
async def snapshot(pool: asyncpg.Pool, first: str) -> AsyncIterator[Connection]:
    """
    Lend a connection in a read-only transaction that sees one state of the database, taken after the statement *first*.

    One round trip begins it. What fails inside is rolled back where the pool takes the connection back. Raises
    Unavailable like `connection`.
    """
    async with connection(pool) as conn:
        await conn.execute(f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {first}")
        yield conn
        await conn.execute("COMMIT")


async def _undo(connection: Any, scope: Any, exc: BaseException) -> None:
    with suppress(asyncpg.InterfaceError):  # the pool took the connection back when it broke; nothing answers any more
        if connection.is_closed() or not isinstance(exc, Exception) or isinstance(exc, DATABASE_AWAY):
            connection.terminate()
        else:
            await scope.rollback()
