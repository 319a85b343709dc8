"""The fold on real PostgreSQL, driven without Kafka: equal to the oracle whatever the order, batches and workers."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.local.servers import Servers
from services.scoring.domain.measures import OF_PERSON
from services.scoring.domain.record import read_record
from tests.integration.conftest import role_dsn
from tests.support.databases import fresh_database
from tests.support.folding import Scoring, as_log, recorded_at
from tests.support.histories import OLD_SOURCES, VILLAGE, arrivals, histories, random_arrivals, random_history
from tests.support.oracle import Event, Oracle

FIRST, LAST = date(2026, 2, 26), date(2026, 3, 20)
PARTITIONS = 4
OLD_VILLAGE = replace(VILLAGE, sources=OLD_SOURCES)

CUTS = st.lists(st.integers(1, 9), min_size=2, max_size=5)
PROPERTY = settings(
    max_examples=30,
    deadline=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
async def scoring(servers: Servers, template: str) -> AsyncIterator[Scoring]:
    """A scoring database that each example clears first."""
    async with fresh_database(servers.postgres.address, template) as admin:
        opened = await Scoring.open(role_dsn(admin, "scoring"))
        yield opened
        await opened.pool.close()


def _people(events: Sequence[Event]) -> list[str]:
    return sorted({str(e["subject"]).partition(":")[2] for e in events if str(e["subject"]).startswith("employee:")})


def _units(oracle: Oracle) -> list[str]:
    return [str(unit["code"]) for unit in oracle.units(FIRST)]


async def _check(scoring: Scoring, events: Sequence[Event]) -> None:
    oracle = Oracle(events)
    for code in _units(oracle):
        assert oracle.unit_measures(code, FIRST, LAST) == await scoring.unit(code, FIRST, LAST)
    for employee in _people(events):
        assert oracle.employee_measures(employee, FIRST, LAST) == await scoring.employee(employee, FIRST, LAST)
    assert oracle.coverage() == await scoring.coverage()


@PROPERTY
@given(data=st.data())
async def test_any_order_duplication_and_batching_folds_to_the_oracle(scoring: Scoring, data: st.DataObject) -> None:
    """A history in any order, with duplicates, in any batches, gives what the words of the law give."""
    events = data.draw(histories(OLD_VILLAGE))
    order = data.draw(arrivals(events))
    await scoring.clear()
    await scoring.fold(as_log(order, PARTITIONS), data.draw(CUTS))

    await _check(scoring, events)


@pytest.mark.parametrize("seed", range(25))
async def test_two_workers_leave_the_same_projections_as_one(scoring: Scoring, seed: int) -> None:
    """Two workers at the same moment leave, row for row, what one leaves of another order; both equal the oracle."""
    events = random_history(seed, 120, OLD_VILLAGE)
    await scoring.clear()
    await scoring.fold(as_log(random_arrivals(seed, events, 20), PARTITIONS), (3, 7, 1))
    alone = await scoring.projections()
    await scoring.clear()
    await scoring.fold_with_two_workers(as_log(events, PARTITIONS), (1 + seed % 5, 4, 9))

    assert alone == await scoring.projections()
    await _check(scoring, events)


@pytest.mark.parametrize("seed", range(100, 106))
async def test_known_at_is_the_fold_of_the_prefix(scoring: Scoring, seed: int) -> None:
    """As known at the moment of any record, figures are those of the records up to it."""
    order = random_arrivals(seed, random_history(seed, 100, VILLAGE), 10)
    await scoring.clear()
    await scoring.fold(as_log(order, PARTITIONS), (5,))
    recorded = [(event, recorded_at(index)) for index, event in enumerate(order)]
    for index in (0, len(order) // 3, len(order) // 2, len(order) - 1):
        moment = recorded_at(index)
        past = Oracle.known_at(recorded, moment)
        for code in _units(past):
            known = await scoring.known(moment, f"unit:{code}", FIRST, LAST)
            assert past.unit_measures(code, FIRST, LAST) == known
        for employee in _people(order):
            known = await scoring.known(moment, f"employee:{employee}", FIRST, LAST)
            assert past.employee_measures(employee, FIRST, LAST) == known
            assert set(OF_PERSON) == set(known[FIRST])


async def test_a_record_that_is_no_event_is_kept_and_the_rest_flows(scoring: Scoring) -> None:
    """Garbage on the log goes to the journal with its fault and to the dead letters; its neighbours count."""
    events = random_history(1, 60, VILLAGE)
    log = as_log(events, PARTITIONS)
    spoiled = {}
    for partition, records in log.items():
        place = len(records)
        spoiled[partition] = [
            *records,
            read_record(partition, place, 0, b"\xff not json"),
            read_record(partition, place + 1, 0, None),
        ]
    await scoring.clear()
    await scoring.fold(spoiled, (4,))

    await _check(scoring, events)
    assert len(log) * 2 == await scoring.pool.fetchval("SELECT count(*) FROM journal WHERE fault IS NOT NULL")
    assert len(log) * 2 == await scoring.pool.fetchval("SELECT count(*) FROM dead_letter")
