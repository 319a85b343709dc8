"""Databases that are migrated once and copied for each test."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

import pytest

from services.local.servers import Servers
from services.setup.database import prepare_database
from tests.support.databases import fresh_database

PASSWORD = "only-in-tests"


def role_dsn(admin_dsn: str, role: str) -> str:
    """The same database as a service's own role."""
    parts = urlsplit(admin_dsn)
    return urlunsplit(parts._replace(netloc=f"{role}:{PASSWORD}@{parts.hostname}:{parts.port}"))


@pytest.fixture(scope="session")
async def template(servers: Servers) -> AsyncIterator[str]:
    """Name of a database with every service's role, schema and migrations."""
    async with fresh_database(servers.postgres.address) as admin:
        await prepare_database(
            admin, {service: role_dsn(admin, service) for service in ("ingest", "scoring", "notifications")}
        )
        yield urlsplit(admin).path.lstrip("/")


@pytest.fixture
async def migrated(servers: Servers, template: str) -> AsyncIterator[str]:
    """Superuser's DSN of this test's own migrated database."""
    async with fresh_database(servers.postgres.address, template) as dsn:
        yield dsn


@pytest.fixture
async def scoring_dsn(migrated: str) -> str:
    """DSN of scoring's role in this test's own database."""
    return role_dsn(migrated, "scoring")
