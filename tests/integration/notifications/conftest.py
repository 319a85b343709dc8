"""A migrated database of the notifications role for each test, and a small kecamatan in it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.kit.postgres import open_pool
from tests.support.notifications import head, role_dsn, unit
from tests.support.notifications_installation import Installation


@pytest.fixture
async def dsn(migrated: str) -> str:
    """DSN of the role notifications in this test's own, migrated database."""
    return role_dsn(migrated)


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    """Connections to it."""
    opened = await open_pool(dsn, size=4)
    yield opened
    await opened.close()


@pytest.fixture
async def installation(pool: asyncpg.Pool) -> Installation:
    """Kecamatan K with the kelurahan A and B, led by E1, E2 and nobody."""
    new = Installation(pool)
    await new.directory(unit("K", name="Kecamatan K"), unit("A", parent="K"), unit("B", parent="K"))
    await new.directory(head("E1", "K"), head("E2", "A"))
    return new
