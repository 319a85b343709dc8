"""A database that goes away under our hands: what callers hear is that they may try again."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.kit.errors import Unavailable
from services.kit.postgres import open_pool, transaction


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    """Connections to an empty database."""
    opened = await open_pool(database, size=2)
    yield opened
    opened.terminate()


async def _break(pool: asyncpg.Pool) -> None:
    async with transaction(pool) as conn:
        await conn.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        await conn.execute("SELECT 1")


async def test_a_transaction_whose_connection_breaks_says_that_it_may_be_tried_again(pool: asyncpg.Pool) -> None:
    """Also when the pool has already taken the broken connection back and it answers nothing any more."""
    with pytest.raises(Unavailable):
        await _break(pool)


async def test_after_a_broken_connection_the_next_transaction_works(pool: asyncpg.Pool) -> None:
    """The broken connection is not handed out again."""
    with pytest.raises(Unavailable):
        await _break(pool)
    async with transaction(pool) as conn:
        assert await conn.fetchval("SELECT 1") == 1
