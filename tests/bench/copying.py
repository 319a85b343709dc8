"""The limit that the fold is compared with: the same journal rows, copied raw into a table of the same shape."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from tests.bench.stage import Database

_PLAIN, _INDEXED = "raw_plain", "raw_indexed"


@dataclass(frozen=True, slots=True)
class Copied:
    """Rows per second into a table with the journal's primary key and indexes, and into one without any."""

    indexed: float
    plain: float


async def copy_journal(database: Database, batch: int) -> Copied:
    """Copy the journal's facts with asyncpg's COPY, *batch* rows in a transaction as the fold did, into both tables."""
    source = await asyncpg.connect(database.admin, server_settings={"search_path": "scoring"})
    target = await asyncpg.connect(database.admin, server_settings={"search_path": "scoring"})
    try:
        await _create(target, _PLAIN, "")
        await _create(target, _INDEXED, "INCLUDING INDEXES")
        await target.execute("CHECKPOINT")
        return Copied(await _copied(source, target, _INDEXED, batch), await _copied(source, target, _PLAIN, batch))
    finally:
        await source.close()
        await target.close()


async def _create(connection: asyncpg.Connection, table: str, including: str) -> None:
    """Create a table like the journal, partitioned in the same way."""
    rule = await connection.fetchval("SELECT pg_get_partkeydef('journal'::regclass)")
    parted = f"PARTITION BY {rule}" if rule else ""
    await connection.execute(
        f"CREATE TABLE {table} (LIKE journal INCLUDING DEFAULTS INCLUDING STORAGE {including}) {parted}"
    )
    partitions = await connection.fetch(
        "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_inherits i "
        "JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'journal'::regclass"
    )
    for partition in partitions:
        await connection.execute(
            f"CREATE TABLE {table}_{partition['relname']} PARTITION OF {table} {partition['bound']}"
        )


async def _copied(source: asyncpg.Connection, target: asyncpg.Connection, table: str, batch: int) -> float:
    """Return rows per second; only the copying is timed, not the reading of the rows."""
    columns = await _columns(source)
    listed = ", ".join(columns)
    rows, took = 0, 0.0
    async with source.transaction():
        cursor = await source.cursor(
            f"SELECT {listed} FROM journal WHERE partition >= 0 ORDER BY record_offset, partition"
        )
        while some := await cursor.fetch(batch):
            records = [tuple(row) for row in some]
            began = time.perf_counter()
            await target.copy_records_to_table(table, records=records, columns=columns)
            took += time.perf_counter() - began
            rows += len(records)
    return rows / took


async def _columns(connection: asyncpg.Connection) -> Sequence[str]:
    """Return the journal's columns, without those that the database computes itself."""
    found = await connection.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'journal'::regclass AND attnum > 0 AND NOT attisdropped "
        "AND attgenerated = '' AND attidentity = '' ORDER BY attnum"
    )
    return [row["attname"] for row in found]
