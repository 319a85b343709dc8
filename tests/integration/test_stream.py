"""Who hears that something changed: the subject, the units above it, and everyone when the database was away."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sse_starlette import ServerSentEvent

from services.scoring.api.stream import Hub
from services.scoring.domain.record import DIRECTORY_PARTITION
from tests.integration.conftest import role_dsn
from tests.support.event_builders import assigned, person, punch, unit
from tests.support.folding import Scoring, as_log

FOUNDED = [unit("K"), unit("A", parent="K"), unit("B", parent="K"), person("E1"), assigned("E1", "A")]


@pytest.fixture
async def scoring(migrated: str) -> AsyncIterator[Scoring]:
    """A scoring database of this test's own."""
    opened = await Scoring.open(role_dsn(migrated, "scoring"))
    yield opened
    opened.pool.terminate()


@asynccontextmanager
async def _changes(scoring: Scoring) -> AsyncIterator[AsyncIterator[ServerSentEvent]]:
    """The stream of a hub that listens already."""
    hub = Hub(scoring.pool)
    listening = asyncio.create_task(hub.listen())
    stream = hub.changes(0.05, resumed=False)
    assert (await _next(stream)).event == "resync"
    yield stream
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def _next(stream: AsyncIterator[ServerSentEvent], within_s: float = 5) -> ServerSentEvent:
    async with asyncio.timeout(within_s):
        return await anext(stream)


async def test_a_punch_tells_the_person_their_unit_and_the_units_above(scoring: Scoring) -> None:
    """The figures of every unit on the walk changed; its sibling's did not."""
    log = as_log([*FOUNDED, punch("E1", "2026-03-02T07:20:00+07:00")], scoring.partitions)
    await scoring.fold({DIRECTORY_PARTITION: log.pop(DIRECTORY_PARTITION)}, [9])
    async with _changes(scoring) as changes:
        await scoring.fold(log, [9])
        told = await _next(changes)

    assert json.loads(str(told.data)) == {"subjects": ["employee:E1", "unit:A", "unit:K"]}


async def test_a_broken_connection_is_noticed_at_once(scoring: Scoring) -> None:
    """What changed meanwhile nobody heard, so everyone is told to look anew as soon as it listens again."""
    async with _changes(scoring) as changes:
        await scoring.pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
        )

        assert (await _next(changes, within_s=2)).event == "resync"
