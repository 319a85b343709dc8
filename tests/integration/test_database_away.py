"""A database that goes away under our hands: what callers hear is that they may try again."""

import time
from collections.abc import AsyncIterator
from datetime import date
from functools import partial

import asyncpg
import pytest

from services.kit.errors import Unavailable
from services.kit.postgres import open_pool, transaction
from services.scoring.reading.answers import Answers, Question
from services.scoring.reading.waiting import Waiters, look


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


@pytest.fixture
async def nowhere() -> AsyncIterator[asyncpg.Pool]:
    """A pool whose server is not there: nothing listens on the discard port."""
    opened = await open_pool("postgresql://scoring@127.0.0.1:9/scoring", size=2)
    yield opened
    opened.terminate()


async def test_the_read_api_says_that_it_may_be_asked_again_while_its_database_is_away(nowhere: asyncpg.Pool) -> None:
    """Every answer, and the wait for a position, ends in Unavailable, which the door answers as 503."""
    answers, question = Answers(nowhere), Question(date(2026, 3, 2), date(2026, 3, 2))
    asked = (
        answers.units(question.first),
        answers.unit_measures("A", question),
        answers.employee_measures("E1", question),
        answers.employee_events("E1", question),
        Waiters(partial(look, nowhere), 10).wait_for({0: 1}),
    )
    for answer in asked:
        with pytest.raises(Unavailable):
            await answer


SLEPT = ("idle_in_transaction_session_timeout", "SELECT 1")
WAITED = ("transaction_timeout", "SELECT pg_sleep(5)")


@pytest.mark.parametrize(("limit", "statement"), [SLEPT, WAITED], ids=["slept", "waited"])
async def test_a_transaction_that_lasted_too_long_says_that_it_may_be_tried_again(
    pool: asyncpg.Pool, limit: str, statement: str
) -> None:
    """The database has ended it and freed its locks; that is no fault of what was being folded."""
    with pytest.raises(Unavailable):
        await _outlive(pool, limit, statement)


async def _outlive(pool: asyncpg.Pool, limit: str, statement: str) -> None:
    async with transaction(pool) as conn:
        await conn.execute(f"SET {limit} = '50ms'")
        if limit == SLEPT[0]:
            time.sleep(0.2)  # noqa: ASYNC251 - the whole process is frozen and hears of its end when it wakes up
        await conn.execute(statement)


async def test_every_pool_limits_statements_and_silence_on_the_server_too(migrated: str) -> None:
    """What nobody waits for any more ends there, and a frozen process loses its locks."""
    pool = await open_pool(migrated, size=1, timeout_s=3, silence_s=7)
    try:
        names = ("statement_timeout", "idle_in_transaction_session_timeout")
        assert [await pool.fetchval(f"SHOW {name}") for name in names] == ["3s", "7s"]
    finally:
        await pool.close()
