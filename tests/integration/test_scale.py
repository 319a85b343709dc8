"""Cost follows what moved: counted in rows and messages, on histories long enough to tell."""

import tracemalloc
from collections.abc import AsyncIterator

import pytest

from services.kit.producing import Producer
from services.local.servers import Servers
from services.scoring.folding.draining import PEOPLE_A_STEP
from services.scoring.publishing import UNIT_DAYS_A_STEP, Publisher
from services.setup.topics import create_topics
from tests.integration.conftest import role_dsn
from tests.support.event_builders import assigned, calendar, closed, leave, person, punch, schedule, unit
from tests.support.folding import Scoring
from tests.support.growing import FIVE_YEARS, Growing
from tests.support.oracle import Event


@pytest.fixture
async def scoring(migrated: str) -> AsyncIterator[Scoring]:
    """A scoring database of this test's own."""
    opened = await Scoring.open(role_dsn(migrated, "scoring"))
    yield opened
    await opened.pool.close()


@pytest.fixture
def growing(scoring: Scoring) -> Growing:
    """An empty log."""
    return Growing(scoring)


def _founded(units: int) -> list[Event]:
    codes = [f"U{number:03}" for number in range(units)]
    people = [event for code in codes for event in (person(f"E{code}"), assigned(f"E{code}", code, FIVE_YEARS[0]))]
    return [*(unit(code, since=FIVE_YEARS[0]) for code in codes), *people]


async def test_a_leave_of_one_day_moves_one_day(growing: Growing) -> None:
    """After five years of closed days, and not the days before and after it."""
    await growing.begin(*_founded(2), *(closed("*", day) for day in FIVE_YEARS))
    written = await _expected_writes(growing.scoring)
    await growing.add(leave("EU000", FIVE_YEARS[1000], FIVE_YEARS[1000]))

    assert await growing.changed() == [("U000", FIVE_YEARS[1000], None)]
    assert await _expected_writes(growing.scoring) - written <= 3


async def test_one_leave_more_rewrites_no_other(growing: Growing) -> None:
    """Somebody with a leave every month for years: a further one writes the span that it cuts, not all of them."""
    leaves = [leave("EU000", day, day) for day in FIVE_YEARS[::30]]
    await growing.begin(*_founded(1), *(closed("*", day) for day in FIVE_YEARS), *leaves)
    written = await _expected_writes(growing.scoring)
    await growing.add(leave("EU000", FIVE_YEARS[1001], FIVE_YEARS[1001]))

    assert await growing.changed() == [("U000", FIVE_YEARS[1001], None)]
    assert await _expected_writes(growing.scoring) - written <= 3


async def _expected_writes(scoring: Scoring) -> int:
    """Rows ever inserted into and deleted from `expected`, by the server's own count."""
    await scoring.pool.execute("SELECT pg_stat_force_next_flush()")
    count = (
        "SELECT n_tup_ins + n_tup_del FROM pg_stat_user_tables WHERE relname = 'expected' AND schemaname = 'scoring'"
    )
    return int(await scoring.pool.fetchval(count))


async def test_a_transfer_of_one_person_moves_the_days_since(growing: Growing) -> None:
    """An assignment from a day on publishes the closed days from there, of the old and of the new unit."""
    await growing.begin(*_founded(2), *(closed("*", day) for day in FIVE_YEARS))
    await growing.add(assigned("EU000", "U001", FIVE_YEARS[-3]))
    await growing.drain()

    assert await growing.changed() == [(code, day, None) for code in ("U000", "U001") for day in FIVE_YEARS[-3:]]


async def test_a_schedule_for_everyone_is_a_few_rows_of_work(growing: Growing) -> None:
    """Back-dated by five years over 150 units: a row for each partition and one to publish, in little memory."""
    await growing.begin(*_founded(150), *(closed("*", day) for day in FIVE_YEARS))
    records = growing.records(schedule("*", {"mon tue wed thu": "08:00-16:00"}, since=FIVE_YEARS[0]))
    tracemalloc.start()
    await growing.fold(records)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert await growing.waiting() == {"members": growing.scoring.partitions}
    assert [unit for unit, *_ in await growing.changed()] == ["*"]
    assert peak < 1_000_000
    assert await growing.drain() <= growing.scoring.partitions * (1 + 150 // PEOPLE_A_STEP) + 4


async def test_new_hours_on_the_same_weekdays_publish_nothing_by_themselves(growing: Growing) -> None:
    """Closed days say who was present: only those with an arrival that is in time now, or no longer, are told."""
    await growing.begin(*_founded(3), *(closed("*", day) for day in FIVE_YEARS))
    await growing.add(punch("EU001", f"{FIVE_YEARS[10]}T07:50:00+07:00"))
    await growing.changed()
    await growing.add(schedule("*", {"mon tue wed thu fri": "08:00-16:00"}, since=FIVE_YEARS[0]))
    await growing.drain()

    assert await growing.changed() == [("U001", FIVE_YEARS[10], None)]


async def test_a_schedule_of_a_unit_with_many_below_it_is_a_row_for_each(growing: Growing) -> None:
    """Spans are noted, not the days in them."""
    below = [unit(f"V{number:02}", parent="U000", since=FIVE_YEARS[0]) for number in range(40)]
    await growing.begin(*_founded(1), *below, *(closed("*", day) for day in FIVE_YEARS))
    await growing.add(schedule("U000", {"mon tue wed thu": "08:00-16:00"}, since=FIVE_YEARS[0]))

    assert len(await growing.changed()) == 41
    assert await growing.waiting() == {"members": 1, "descent": 41}  # only U000 has anybody


@pytest.mark.parametrize("event", [closed("*", "2026-01-01"), calendar("*", "2026-01-01", "holiday")])
async def test_a_day_of_everyone_is_one_row(growing: Growing, event: Event) -> None:
    """A closing, or a holiday, of the whole country is not noted once for each unit."""
    await growing.begin(*_founded(30), closed("*", "2026-01-02"))
    await growing.add(event)

    assert await growing.changed() == [("*", "2026-01-01", "2026-01-01")]


async def test_a_span_of_everyone_is_published_in_bounded_steps(growing: Growing, servers: Servers) -> None:
    """Each step is a transaction of its own; together they tell every closed day of every unit once."""
    days = FIVE_YEARS[:400]
    await growing.begin(*_founded(12), *(closed("*", day) for day in days))
    await growing.add(schedule("*", {"mon tue wed thu": "08:00-16:00"}, since=FIVE_YEARS[100]))
    await growing.scoring.pool.execute("DELETE FROM measure_outbox WHERE last IS NULL")
    await create_topics(servers.kafka.address)
    producer = Producer(servers.kafka.address)
    publisher = Publisher(growing.scoring.pool, producer, growing.state)
    steps = []
    while count := await publisher.publish():
        steps.append(count)
    await producer.stop()

    assert max(steps) <= UNIT_DAYS_A_STEP
    assert sum(steps) == 12 * 300
    assert await growing.changed() == []
