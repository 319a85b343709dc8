"""Fresh databases for tests, each with a random name, on a server where we are superuser."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg


def dsn_of(admin_dsn: str, database: str) -> str:
    """The same server and user, another database."""
    return urlunsplit(urlsplit(admin_dsn)._replace(path=f"/{database}"))


@asynccontextmanager
async def fresh_database(admin_dsn: str, template: str = "template1") -> AsyncIterator[str]:
    """Provide the DSN of a new database copied from *template*, and drop it afterwards with all its connections."""
    name = f"test_{secrets.token_hex(8)}"
    await _execute(admin_dsn, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield dsn_of(admin_dsn, name)
    finally:
        await _execute(admin_dsn, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def _execute(dsn: str, statement: str) -> None:
    """Run one statement on a connection of its own: the test between two of them may restart the server."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
