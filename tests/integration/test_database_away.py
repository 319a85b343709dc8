"""A database that goes away under our hands: what callers hear is that they may try again."""

import time
from collections.abc import AsyncIterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.ingest.main import create_app as create_ingest
from services.kit.access_format import Access
from services.kit.errors import Unavailable
from services.kit.postgres import open_pool, transaction
from services.local.servers import Servers
from services.notifications.main import create_app as create_notifications
from services.notifications.settings import NotificationsSettings
from services.scoring.closer import create_app as create_closer
from services.scoring.main import create_api, create_worker
from services.scoring.reading.answers import Answers, Question
from services.scoring.reading.waiting import Waiters, look
from services.scoring.settings import ScoringSettings
from services.setup.topics import create_topics
from tests.integration.conftest import role_dsn
from tests.support.deployment import until
from tests.support.ingest import settings_for


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


LIMITS = ("statement_timeout", "idle_in_transaction_session_timeout")


async def test_every_pool_limits_statements_and_silence_on_the_server_too(migrated: str) -> None:
    """What nobody waits for any more ends there, and a frozen process loses its locks."""
    pool = await open_pool(migrated, size=1, timeout_s=3, silence_s=7)
    try:
        assert [await pool.fetchval(f"SHOW {limit}") for limit in LIMITS] == ["3s", "7s"]
    finally:
        await pool.close()


def _services(dsns: dict[str, str], kafka: str) -> dict[str, FastAPI]:
    """Every process that has a database."""
    around: dict[str, Any] = {"kafka": kafka, "tokens_file": Path("/nonexistent"), "session_timeout_ms": 6_000}
    access = Access(tokens=[])
    of_scoring = ScoringSettings(**around, scoring_dsn=SecretStr(dsns["scoring"]), ingest_url="http://127.0.0.1:1")
    around["notifications_token"] = SecretStr("x")
    of_notifications = NotificationsSettings(**around, notifications_dsn=SecretStr(dsns["notifications"]))
    return {
        "ingest": create_ingest(settings_for(dsns["ingest"], kafka), access),
        "scoring": create_api(of_scoring, access),
        "worker": create_worker(of_scoring),
        "closer": create_closer(of_scoring),
        "notifications": create_notifications(of_notifications, access),
    }


@pytest.mark.parametrize("name", ["ingest", "scoring", "worker", "closer", "notifications"])
async def test_every_service_limits_statements_and_silence(servers: Servers, migrated: str, name: str) -> None:
    """None opens its connections in a way of its own, without the limits."""
    await create_topics(servers.kafka.address)
    dsns = {role: role_dsn(migrated, role) for role in ("ingest", "scoring", "notifications")}
    app = _services(dsns, servers.kafka.address)[name]
    async with app.router.lifespan_context(app):
        pools = [part for part in app.state._state.values() if isinstance(part, asyncpg.Pool)]
        limits = [await pool.fetchval(f"SHOW {limit}") for pool in pools for limit in LIMITS]
        await until(lambda: _has_begun(app), 30, "it is past its start, which nobody cuts off halfway")

    assert len(limits) >= len(LIMITS)
    assert "0" not in limits


async def _has_begun(app: FastAPI) -> bool:
    state = app.state._state
    if "door" in state:
        return bool(await app.state.door.log.ping())
    return "consumer" not in state or bool(state["consumer"] and state["consumer"].assigned)
