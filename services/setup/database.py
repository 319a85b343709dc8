"""Roles and schemas of the services, and their migrations: each owns one schema and reads no other's tables."""

from urllib.parse import unquote, urlsplit

import asyncpg
import structlog

from services.kit.migrations import Stage, migrate

log = structlog.get_logger()

SERVICES = ("ingest", "scoring", "notifications")
_VERSIONS = {"scoring": ("scoring_fresh", "scoring_previous")}
"""Schemas beside a service's own: for projections that are being rebuilt, and for those they replaced."""


_SEALED = {"ingest": "ingest_sealed"}
"""Roles that own tables which a service reaches only by taking the role on, statement by statement."""


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
    if sealed := _SEALED.get(service):
        await _ensure_sealed(admin, service, sealed)


async def _ensure_sealed(admin: asyncpg.Connection, service: str, role: str) -> None:
    """Create a role that nobody logs in as, with a schema; the service may become it and inherits nothing of it."""
    if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
        await admin.execute(await admin.fetchval("SELECT format('CREATE ROLE %I NOLOGIN', $1::text)", role))
    for statement in (
        "SELECT format('GRANT %I TO CURRENT_USER', $1::text)",
        "SELECT format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', $1::text, $1::text)",
    ):
        await admin.execute(await admin.fetchval(statement, role))
    become = "SELECT format('GRANT %I TO %I WITH INHERIT FALSE, SET TRUE', $1::text, $2::text)"
    await admin.execute(await admin.fetchval(become, role, service))


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
