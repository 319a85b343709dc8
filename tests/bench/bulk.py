"""Filling tables of a bench's own database fast: without log, triggers and indexes, which come back after."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import islice

import asyncpg

from tests.bench.stage import Database

_LINES = 20_000
_PATIENCE_S = 3_600
_SETTINGS = {
    "search_path": "scoring",
    "session_replication_role": "replica",  # no triggers
    "synchronous_commit": "off",
    "maintenance_work_mem": "1GB",
    "work_mem": "256MB",
}


@asynccontextmanager
async def filling(database: Database, tables: Sequence[str], *, logged: bool) -> AsyncIterator[asyncpg.Connection]:
    """
    Lend a superuser's connection in scoring's schema; *tables* have no indexes meanwhile and are analysed after.

    With *logged* they keep their write-ahead log, for whoever measures writing afterwards.
    """
    connection = await asyncpg.connect(database.admin, server_settings=_SETTINGS)
    try:
        before = await _valid_indexes(connection)
        restoring: list[str] = []
        for table in tables:
            restoring += await _without_indexes(connection, table)
            if not logged:
                for partition in await _with_partitions(connection, table):
                    await connection.execute(f"ALTER TABLE {partition} SET UNLOGGED")
        yield connection
        for statement in restoring:
            await connection.execute(statement, timeout=_PATIENCE_S)
        if await _valid_indexes(connection) != before:
            raise RuntimeError("not all indexes came back: what is measured now would not be the product")
        for table in tables:
            await connection.execute(f"VACUUM (ANALYZE) {table}", timeout=_PATIENCE_S)
        await connection.execute("CHECKPOINT", timeout=_PATIENCE_S)
    finally:
        await connection.close()


async def _valid_indexes(connection: asyncpg.Connection) -> dict[str, int]:
    """Return how many usable indexes each table of the schema has."""
    rows = await connection.fetch(
        "SELECT indrelid::regclass::text AS name, count(*) AS n FROM pg_index JOIN pg_class c ON c.oid = indrelid "
        "WHERE c.relnamespace = 'scoring'::regnamespace AND indisvalid GROUP BY 1"
    )
    return {row["name"]: row["n"] for row in rows}


async def _without_indexes(connection: asyncpg.Connection, table: str) -> list[str]:
    """Drop the keys and indexes of a table; return the statements that make them again."""
    keys = await connection.fetch(
        "SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint "
        "WHERE conrelid = $1::text::regclass AND contype IN ('p', 'u')",
        table,
    )
    for key in keys:
        await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {key['name']}")
    indexes = await connection.fetch(
        "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index "
        "WHERE indrelid = $1::text::regclass",
        table,
    )
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['name']}")
    added = [f"ALTER TABLE {table} ADD CONSTRAINT {key['name']} {key['definition']}" for key in keys]
    # of a partitioned table, PostgreSQL tells the definition of the parent's part alone
    return added + [index["definition"].replace(" ON ONLY ", " ON ", 1) for index in indexes]


async def _with_partitions(connection: asyncpg.Connection, table: str) -> list[str]:
    """Return the tables that hold the rows of *table*."""
    rows = await connection.fetch(
        "SELECT relid::text AS name FROM pg_partition_tree($1::text::regclass) WHERE isleaf", table
    )
    return [row["name"] for row in rows] or [table]


async def copy_lines(
    connection: asyncpg.Connection, table: str, columns: Sequence[str], lines: Iterable[bytes]
) -> None:
    """Copy *lines* in PostgreSQL's text format, or blocks of whole lines, into a table."""
    await connection.copy_to_table(table, source=_blocks(lines), columns=columns, format="text", timeout=_PATIENCE_S)


async def _blocks(lines: Iterable[bytes]) -> AsyncIterator[bytes]:
    rest = iter(lines)
    while some := b"".join(islice(rest, _LINES)):
        yield some
