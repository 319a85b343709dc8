"""What is told about changed unit-days, however far apart they lie."""

import asyncio
import time
from collections.abc import AsyncIterator, KeysView
from datetime import date

import pytest

from schemas.measures import Measure
from services.scoring.domain.figures import heads_on
from services.scoring.publishing import unit_day_messages
from services.scoring.store import queries
from services.scoring.store.directory_state import DirectoryState
from tests.integration.conftest import role_dsn
from tests.support.event_builders import assigned, closed, leave, person, punch, unit
from tests.support.folding import Scoring, as_log

EVENTS = [
    unit("A"),
    unit("B", parent="A"),
    *(person(employee) for employee in ("E1", "E2", "E3")),
    assigned("E1", "A", "1900-01-01"),
    assigned("E2", "A", "2026-03-02", "2026-03-31"),
    assigned("E3", "B", "2026-03-02"),
    leave("E1", "2026-03-03", "2026-03-03"),
    punch("E1", "2026-03-02T07:20:00+07:00"),
    *(closed("*", day) for day in ("1900-01-01", "2026-03-02", "2026-03-03", "2199-12-31")),
]


@pytest.fixture
async def scoring(migrated: str) -> AsyncIterator[Scoring]:
    """A scoring database of this test's own."""
    opened = await Scoring.open(role_dsn(migrated, "scoring"))
    yield opened
    await opened.pool.close()


async def test_days_of_three_centuries_are_told_as_they_are(scoring: Scoring) -> None:
    """Presence of a unit's own people on single days from 1900 to 2199, B's not counted with A's."""
    await scoring.fold(as_log(EVENTS, scoring.partitions), [9])
    days = [date(1900, 1, 1), date(2026, 3, 2), date(2026, 3, 3), date(2199, 12, 31)]
    async with scoring.pool.acquire() as conn:
        messages = await unit_day_messages(conn, DirectoryState(), [("A", day) for day in days])

    assert [message["measures"]["attendance.presence"] for message in messages] == [
        Measure(1, 0),
        Measure(2, 1),
        Measure(1, 0),
        Measure(1, 0),
    ]


def test_heads_are_worked_out_on_the_days_asked_for_alone() -> None:
    """Days in between cost nothing: one far away must not hold up the worker for all the years between."""
    changes = [("A", date(1900, 1, 1), 1), ("A", date(2026, 3, 2), 1), ("A", date(2026, 4, 1), -1)]
    wanted = [("A", date(2199, 12, 31)), ("A", date(2026, 3, 2)), ("A", date(1900, 1, 1)), ("B", date(2026, 3, 2))]

    assert list(heads_on(changes, wanted)) == [
        ("A", date(1900, 1, 1), 1),
        ("A", date(2026, 3, 2), 2),
        ("A", date(2199, 12, 31), 1),
        ("B", date(2026, 3, 2), 0),
    ]


async def test_a_state_of_the_directory_older_than_all_that_are_kept_is_read_anew(scoring: Scoring) -> None:
    """A reader in an old snapshot may ask for it after many changes; whoever asks meanwhile gets what is newest."""
    codes = [f"U{number}" for number in range(8)]
    await scoring.fold(as_log([unit(code) for code in codes], scoring.partitions), [1])
    state = DirectoryState()

    async def known(position: int) -> KeysView[str]:
        async with scoring.pool.acquire() as conn:
            return (await state.at(conn, position)).codes

    for position in range(len(codes) + 1):
        assert await known(position) == set(codes[:position])
    asked = [1, 8, 2, 8, 0, 3]
    assert await asyncio.gather(*map(known, asked)) == [set(codes[:position]) for position in asked]


async def test_revisions_follow_the_clock_and_never_go_back(scoring: Scoring) -> None:
    """Readers can tell one that was never given out; after a clock that ran ahead, and in a new sequence, they grow."""
    async with scoring.pool.acquire() as conn:
        before = time.time_ns() // 1000
        first = [row["revision"] for row in await queries.next_revisions(conn, count=3)]
        assert first == [first[0], first[0] + 1, first[0] + 2]
        assert before <= first[0] <= time.time_ns() // 1000 + 3
        ahead = first[-1] + 3_600_000_000
        await conn.execute("SELECT setval('measure_revision', $1)", ahead)
        assert [row["revision"] for row in await queries.next_revisions(conn, count=2)] == [ahead + 2, ahead + 3]
        await conn.execute("SELECT setval('measure_revision', 1)")
        assert (await queries.next_revisions(conn, count=1))[0]["revision"] > first[-1]
