"""Rebuilding the projections beside the live ones: equal sums, a switch, a step back, and what differs is named."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.kit.errors import UserError
from services.kit.postgres import open_pool
from services.local.servers import Servers
from services.scoring.domain.record import Record
from services.scoring.versions.checksums import counted, kept
from services.scoring.versions.rebuilding import FRESH_PATH, Outcome, Rebuild, When
from services.scoring.versions.sources import JournalSource
from tests.integration.conftest import role_dsn
from tests.support.databases import fresh_database
from tests.support.folding import Scoring, as_log
from tests.support.histories import VILLAGE, histories, random_arrivals, random_history

PARTITIONS = 4
Log = dict[int, list[Record]]

PROPERTY = settings(
    max_examples=8,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
pytestmark = pytest.mark.timeout(240)


@dataclass(frozen=True)
class Place:
    """A scoring database and its address."""

    scoring: Scoring
    dsn: str

    @asynccontextmanager
    async def rebuild(self) -> AsyncIterator[Rebuild]:
        """A rebuild from the journal."""
        pool = await open_pool(self.dsn, size=6, timeout_s=120, server_settings={"search_path": FRESH_PATH})
        try:
            yield Rebuild(pool, JournalSource(), lambda count: None)
        finally:
            await pool.close()

    async def rebuilt(self, switch: When = When.EQUAL) -> Outcome:
        """Rebuild from the journal to the end."""
        async with self.rebuild() as rebuild:
            await rebuild.from_journal()
            return await rebuild.finish(switch)


@pytest.fixture(scope="module")
async def place(servers: Servers, template: str) -> AsyncIterator[Place]:
    """A database that each example clears first."""
    async with fresh_database(servers.postgres.address, template) as admin:
        dsn = role_dsn(admin, "scoring")
        scoring = await Scoring.open(dsn)
        yield Place(scoring, dsn)
        await scoring.pool.close()


def _halves(log: Log) -> tuple[Log, Log]:
    return (
        {partition: records[: len(records) // 2] for partition, records in log.items() if len(records) > 1},
        {partition: records[len(records) // 2 if len(records) > 1 else 0 :] for partition, records in log.items()},
    )


@PROPERTY
@given(data=st.data())
async def test_every_fold_keeps_the_sums_that_its_rows_add_up_to(place: Place, data: st.DataObject) -> None:
    """After any history in any batches, the sums kept by each transaction are those counted from the rows."""
    await place.scoring.clear()
    await place.scoring.fold(
        as_log(data.draw(histories()), PARTITIONS), data.draw(st.lists(st.integers(1, 9), min_size=2))
    )

    async with place.scoring.pool.acquire() as conn:
        assert await kept(conn) == await counted(conn)


@pytest.mark.parametrize("seed", range(4))
async def test_a_version_computed_at_once_equals_the_one_folded_event_by_event(place: Place, seed: int) -> None:
    """Row for row, whatever came late, twice or was voided; and the fold goes on with it."""
    first, second = _halves(as_log(random_arrivals(seed, random_history(seed, 160, VILLAGE), 20), PARTITIONS))
    await place.scoring.clear()
    await place.scoring.fold(first, (3, 7, 1))
    before = await place.scoring.projections()

    outcome = await place.rebuilt()

    assert outcome.differences == []
    assert outcome.switched
    assert before == await place.scoring.projections()
    await place.scoring.fold(second, (4,))
    after = await place.scoring.projections()
    await place.scoring.clear()
    for half in (first, second):
        await place.scoring.fold(half, (9,))
    assert after == await place.scoring.projections()


@pytest.mark.parametrize("seed", range(20, 24))
async def test_what_is_folded_while_a_version_is_built_is_in_it_too(place: Place, seed: int) -> None:
    """The live fold goes on between the filling and the switch; the fresh version catches up with all of it."""
    first, second = _halves(as_log(random_arrivals(seed, random_history(seed, 160, VILLAGE), 20), PARTITIONS))
    await place.scoring.clear()
    await place.scoring.fold(first, (5, 2))
    async with place.rebuild() as rebuild:
        await rebuild.from_journal()
        await place.scoring.fold(second, (1, 6))
        live = await place.scoring.projections()
        outcome = await rebuild.finish()

    assert (outcome.differences, outcome.switched) == ([], True)
    assert live == await place.scoring.projections()
    assert sum(outcome.positions.values()) == await place.scoring.pool.fetchval("SELECT count(*) FROM journal")


async def test_a_projection_that_was_changed_by_hand_is_named_and_kept_until_told_otherwise(place: Place) -> None:
    """A row that no event explains: the sums differ, nothing is switched; when asked to, the rebuilt rows win."""
    await _folded(place, 3)
    right = await place.scoring.projections()
    first = "(SELECT unit, day, partition FROM unit_day ORDER BY unit, day, partition LIMIT 1)"
    await place.scoring.pool.execute(
        f"UPDATE unit_day SET present = present + 1 WHERE (unit, day, partition) = {first}"
    )
    spoiled = await place.scoring.projections()

    kept_as_it_was = await place.rebuilt()
    assert [projection for projection, *_ in kept_as_it_was.differences] == ["unit_day"]
    assert len(kept_as_it_was.examples["unit_day"]) == 2
    assert not kept_as_it_was.switched
    assert spoiled == await place.scoring.projections()

    assert (await place.rebuilt(When.ALWAYS)).switched
    assert right == await place.scoring.projections()


async def test_the_version_before_is_kept_for_one_step_back(place: Place) -> None:
    """Going back takes up the replaced version, catches up with what came since, and leaves the other as previous."""
    rest = await _folded(place, 5)
    await place.rebuilt()
    await place.scoring.fold(rest, (8,))
    live = await place.scoring.projections()

    async with place.rebuild() as rebuild:
        await rebuild.from_previous()
        outcome = await rebuild.finish()

    assert (outcome.differences, outcome.switched) == ([], True)
    assert live == await place.scoring.projections()


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [
        ("INSERT INTO migration (name) VALUES ('9999_new.sql')", "older than the tables"),
        ("INSERT INTO refolded (partition, record_offset, fault) VALUES (0, 999, 'mended')", "refolded since"),
    ],
)
async def test_a_version_that_cannot_know_what_changed_is_not_taken_up(place: Place, meanwhile: str, why: str) -> None:
    """After a migration its tables are of another shape, and it lacks what was refolded since: said, and kept out."""
    await _folded(place, 5)
    await place.rebuilt()
    live = await place.scoring.projections()
    await place.scoring.pool.execute(meanwhile)
    try:
        async with place.rebuild() as rebuild:
            with pytest.raises(UserError, match=why):
                await rebuild.from_previous()
    finally:
        await place.scoring.pool.execute("DELETE FROM migration WHERE name = '9999_new.sql'")
        await place.scoring.pool.execute("DELETE FROM refolded WHERE record_offset = 999")
    assert live == await place.scoring.projections()


async def test_no_measures_are_published_by_a_rebuild(place: Place) -> None:
    """The queue of unit-days for kinerja.measures is as long after a rebuild as before."""
    await _folded(place, 7)
    before = await place.scoring.pool.fetch("SELECT * FROM measure_outbox ORDER BY id")
    await place.rebuilt()

    assert before == await place.scoring.pool.fetch("SELECT * FROM measure_outbox ORDER BY id")


async def test_going_back_without_a_version_before_is_refused(scoring_dsn: str) -> None:
    """Nothing was ever switched here: the answer says so."""
    scoring = await Scoring.open(scoring_dsn)
    async with Place(scoring, scoring_dsn).rebuild() as rebuild:
        with pytest.raises(UserError, match="No earlier version"):
            await rebuild.from_previous()
    await scoring.pool.close()


async def _folded(place: Place, seed: int) -> Log:
    """Fold half of a history; return the other half."""
    first, second = _halves(as_log(random_history(seed, 160, VILLAGE), PARTITIONS))
    await place.scoring.clear()
    await place.scoring.fold(first, (6,))
    return second
