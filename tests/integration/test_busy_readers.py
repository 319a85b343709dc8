"""Every reader connection busy: health answers, writers write, and whoever waits for a position hears of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from pydantic import HttpUrl, SecretStr

from services.kit.access_format import Access
from services.local.servers import Servers
from services.notifications.main import create_app as create_notifications
from services.notifications.settings import NotificationsSettings
from services.scoring.domain.record import DIRECTORY_PARTITION
from services.scoring.main import create_api
from services.scoring.settings import ScoringSettings
from services.setup.topics import create_topics
from tests.integration.conftest import role_dsn
from tests.support.event_builders import person, unit
from tests.support.folding import Scoring, as_log
from tests.support.ingest import Source, access_file, running, settings_for

READY_WITHIN_S = 1.0
"""Shorter than any wait for a connection of a pool."""
NOWHERE = "127.0.0.1:9"
ACCESS = Access.model_validate(access_file())
HEADERS = {"authorization": "Bearer all"}


@asynccontextmanager
async def locked(superuser: str, table: str) -> AsyncIterator[None]:
    """Let everybody who reads a table wait until the end of the block."""
    conn = await asyncpg.connect(superuser)
    try:
        async with conn.transaction():
            await conn.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await conn.close()


@asynccontextmanager
async def busy(http: httpx.AsyncClient, path: str, readers: asyncpg.Pool) -> AsyncIterator[None]:
    """Ask for what waits, until no connection of *readers* is left and others wait for one."""
    count = readers.get_max_size() + 1
    asking = [asyncio.create_task(http.get(path, headers=HEADERS)) for _ in range(count)]
    try:
        async with asyncio.timeout(5):
            while readers.get_size() < readers.get_max_size() or readers.get_idle_size():
                await asyncio.sleep(0.01)
        yield
    finally:
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that runs during the block."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://us") as http:
        yield http


async def database_is_ready(http: httpx.AsyncClient) -> bool:
    """Ask for readiness, which must come in time."""
    async with asyncio.timeout(READY_WITHIN_S):
        return bool((await http.get("/health/ready")).json()["checks"]["database"])


@pytest.fixture
async def scoring(migrated: str) -> AsyncIterator[Scoring]:
    """A scoring database that has folded a unit and a person."""
    opened = await Scoring.open(role_dsn(migrated, "scoring"))
    await opened.fold(as_log([unit("A"), person("E1")], opened.partitions), [9])
    yield opened
    opened.pool.terminate()


async def test_the_read_api_is_ready_and_looks_for_waiters_while_all_readers_are_busy(
    migrated: str, scoring: Scoring
) -> None:
    """A waiter whose position is reached goes on: its look does not stand in line behind the readers."""
    settings = ScoringSettings(
        kafka=NOWHERE, tokens_file=Path("/nonexistent"), scoring_dsn=SecretStr(role_dsn(migrated, "scoring"))
    )
    app = create_api(settings, ACCESS)
    measures = "/v1/employees/E1/measures?from=2026-03-02&to=2026-03-02"
    async with client_of(app) as http, locked(migrated, "scoring.journal"), busy(http, measures, app.state.pool):
        assert await database_is_ready(http)
        async with asyncio.timeout(READY_WITHIN_S):
            await app.state.waiters.wait_for({DIRECTORY_PARTITION: 2})


async def test_changes_are_told_again_while_all_readers_are_busy(migrated: str, scoring: Scoring) -> None:
    """The connection that listens was lost; its successor does not stand in line behind the readers."""
    settings = ScoringSettings(
        kafka=NOWHERE, tokens_file=Path("/nonexistent"), scoring_dsn=SecretStr(role_dsn(migrated, "scoring"))
    )
    app = create_api(settings, ACCESS)
    measures = "/v1/employees/E1/measures?from=2026-03-02&to=2026-03-02"
    async with client_of(app) as http:
        changes = app.state.hub.changes(0.05, resumed=False)
        assert (await anext(changes)).event == "resync"
        async with locked(migrated, "scoring.journal"), busy(http, measures, app.state.pool):
            await scoring.pool.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND query = 'SELECT 1' AND usename = current_user AND pid <> pg_backend_pid()"
            )
            async with asyncio.timeout(3):
                assert (await anext(changes)).event == "resync"


async def test_ingest_is_ready_and_takes_events_while_all_its_readers_are_busy(servers: Servers, migrated: str) -> None:
    """Whoever lists dead letters takes no connection from those who send events."""
    await create_topics(servers.kafka.address)
    async with running(settings_for(role_dsn(migrated, "ingest"), servers.kafka.address)) as ingest:
        assert ingest.app is not None
        async with (
            locked(migrated, "ingest.dead_letter"),
            busy(ingest.http, "/v1/dead-letters", ingest.app.state.readers),
        ):
            assert await database_is_ready(ingest.http)
            async with asyncio.timeout(2.5):
                assert (await ingest.post(Source().unit("A"))).status_code == 202


async def test_notifications_is_ready_while_all_its_readers_are_busy(servers: Servers, migrated: str) -> None:
    """Its supervisor does not take it for dead because many look at alerts at once."""
    await create_topics(servers.kafka.address)
    settings = NotificationsSettings(
        kafka=servers.kafka.address,
        tokens_file=Path("/nonexistent"),
        notifications_dsn=SecretStr(role_dsn(migrated, "notifications")),
        ingest_url=HttpUrl("http://127.0.0.1:9"),
        session_timeout_ms=6_000,
    )
    app = create_notifications(settings, ACCESS)
    async with (
        client_of(app) as http,
        locked(migrated, "notifications.alert"),
        busy(http, "/v1/alerts", app.state.pool),
    ):
        assert await database_is_ready(http)
