"""Roles and schemas of the services, and their migrations: each owns one schema and reads no other's tables."""

from urllib.parse import unquote, urlsplit

import asyncpg
import structlog

from services.kit.migrations import Stage, migrate

log = structlog.get_logger()

SERVICES = ("ingest", "scoring", "notifications")
_VERSIONS = {"scoring": ("scoring_fresh", "scoring_previous")}
"""Schemas beside a service's own: for projections that are being rebuilt, and for those they replaced."""


async def ensure_role(admin: asyncpg.Connection, service: str, password: str | None) -> None:
    """Create the service's login role and its schema, and set its password if one is given. Idempotent."""
    exists = await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", service)
    verb = "ALTER" if exists else "CREATE"
    await admin.execute(await admin.fetchval("SELECT format('%s ROLE %I LOGIN', $1::text, $2::text)", verb, service))
    if password is not None:
        change = "SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)"
        await admin.execute(await admin.fetchval(change, service, password))
    await admin.execute(await admin.fetchval("SELECT format('GRANT %I TO CURRENT_USER', $1::text)", service))
    create = "SELECT format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', $1::text, $2::text)"
    for schema in (service, *_VERSIONS.get(service, ())):
        await admin.execute(await admin.fetchval(create, schema, service))
    path = "SELECT format('ALTER ROLE %I SET search_path = %I', $1::text, $1::text)"
    await admin.execute(await admin.fetchval(path, service))


def password_of(dsn: str) -> str | None:
    """Return the password that a DSN holds, decoded as every client does; None when it holds none."""
    password = urlsplit(dsn).password
    return unquote(password) if password else None


async def prepare_database(admin_dsn: str, service_dsns: dict[str, str], stage: Stage = Stage.ALL) -> None:
    """
    Create each service's role and schema and migrate it, up to *stage*.

    *service_dsns* maps a service to the DSN of its own role; a password in it becomes the role's. Idempotent.
    """
    admin = await asyncpg.connect(admin_dsn)
    try:
        for service, dsn in service_dsns.items():
            await ensure_role(admin, service, password_of(dsn))
    finally:
        await admin.close()
    for service, dsn in service_dsns.items():
        conn = await asyncpg.connect(dsn)
        try:
            applied = await migrate(conn, f"services.{service}.store", stage)
        finally:
            await conn.close()
        log.info("database.migrated", schema=service, applied=applied)
