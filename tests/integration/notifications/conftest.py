"""A migrated database of the notifications role for each test."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.kit.postgres import open_pool
from tests.support.notifications import notifications_dsn


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    """Connections as the role notifications to an empty, migrated database."""
    opened = await open_pool(await notifications_dsn(database), size=4)
    yield opened
    await opened.close()
