"""
Forward-only migrations of one schema.

The files of a package's folder `migrations`, named `NNNN_what.sql`, are applied once each, in order, in a transaction.
"""

import importlib.resources

import asyncpg

_LEDGER = "CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"


async def migrate(conn: asyncpg.Connection, package: str) -> list[str]:
    """Apply the missing migrations of *package* in the schema of *conn*; return their names. Safe to run twice."""
    files = importlib.resources.files(package) / "migrations"
    wanted = sorted(entry.name for entry in files.iterdir() if entry.name.endswith(".sql"))
    applied = []
    await conn.execute("SELECT pg_advisory_lock(hashtext('kinerja.migrate'))")
    try:
        await conn.execute(_LEDGER)
        done = {row["name"] for row in await conn.fetch("SELECT name FROM migration")}
        for name in (name for name in wanted if name not in done):
            async with conn.transaction():
                await conn.execute("SET LOCAL lock_timeout = '5s'")
                await conn.execute((files / name).read_text("utf-8"))
                await conn.execute("INSERT INTO migration (name) VALUES ($1)", name)
            applied.append(name)
    finally:
        await conn.execute("SELECT pg_advisory_unlock(hashtext('kinerja.migrate'))")
    return applied
