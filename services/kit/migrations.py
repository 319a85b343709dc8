"""
Forward-only migrations of one schema.

The files of a package's folder `migrations`, named `NNNN_what.sql`, are applied once each, in order, in a transaction.
One named `NNNN_what.after.sql` needs every process to run the version that it came with; the others also fit the
version before, so that processes can be replaced one by one.
"""

import importlib.resources
from enum import Enum

import asyncpg

from services.kit.errors import UserError

_LEDGER = "CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
_AFTER = ".after.sql"


class Stage(Enum):
    """What is migrated: what processes of the version before can live with, or everything."""

    BEFORE = "before"
    ALL = "all"


async def migrate(conn: asyncpg.Connection, package: str, stage: Stage = Stage.ALL) -> list[str]:
    """
    Apply the missing migrations of *package* in the schema of *conn*; return their names. Safe to run twice.

    Raises UserError when something of *stage* can only be applied behind what an earlier version left for afterwards.
    """
    files = importlib.resources.files(package) / "migrations"
    wanted = sorted(entry.name for entry in files.iterdir() if entry.name.endswith(".sql"))
    await conn.execute("SELECT pg_advisory_lock(hashtext('kinerja.migrate'))")
    try:
        await conn.execute(_LEDGER)
        done = {row["name"] for row in await conn.fetch("SELECT name FROM migration")}
        missing = due([name for name in wanted if name not in done], stage)
        for name in missing:
            async with conn.transaction():
                await conn.execute("SET LOCAL lock_timeout = '5s'")
                await conn.execute((files / name).read_text("utf-8"))
                await conn.execute("INSERT INTO migration (name) VALUES ($1)", name)
        return missing
    finally:
        await conn.execute("SELECT pg_advisory_unlock(hashtext('kinerja.migrate'))")


def due(missing: list[str], stage: Stage) -> list[str]:
    """
    Return which of the *missing* migrations, in order, belong to *stage*.

    Raises UserError when one of them comes behind another that does not.
    """
    if stage is Stage.ALL:
        return missing
    left = [name for name in missing if name.endswith(_AFTER)]
    taken = [name for name in missing if not name.endswith(_AFTER)]
    if left and taken and left[0] < taken[-1]:
        raise UserError(
            f"The database still lacks {left[0]}, which must come before {taken[-1]}. Once every process runs the "
            "version that is installed now: kinerja migrate. Then go on to the next version."
        )
    return taken
