"""What `kinerja verify` finds in projections that somebody changed, and that it changes nothing itself."""

from collections.abc import AsyncIterator

import pytest
from rich.console import Console

from services.local.servers import Servers
from services.scoring.domain.events import unknown
from services.scoring.domain.record import faulty_record
from services.scoring.versions.output import print_verified
from services.scoring.versions.verifying import Verified, verify_sample
from tests.integration.conftest import role_dsn
from tests.support.databases import fresh_database
from tests.support.folding import Scoring, as_log
from tests.support.histories import VILLAGE, random_history


@pytest.fixture
async def scoring(servers: Servers, template: str) -> AsyncIterator[Scoring]:
    """A database with a folded history."""
    async with fresh_database(servers.postgres.address, template) as admin:
        opened = await Scoring.open(role_dsn(admin, "scoring"))
        await opened.fold(as_log(random_history(11, 300, VILLAGE), opened.partitions), (20,))
        yield opened
        await opened.pool.close()


async def _verified(scoring: Scoring) -> Verified:
    async with scoring.pool.acquire() as conn:
        return await verify_sample(conn, people=1_000, units=1_000)


async def test_what_the_fold_left_is_found_right_and_left_as_it_is(scoring: Scoring) -> None:
    """Everybody and every unit folded anew: no difference, and not a row or a notice more than before."""
    before = await scoring.projections(), await scoring.pool.fetch("SELECT * FROM measure_outbox")
    verified = await _verified(scoring)

    assert (verified.sums, verified.wrong) == ([], {})
    assert min(verified.people, verified.units) > 3
    assert before == (await scoring.projections(), await scoring.pool.fetch("SELECT * FROM measure_outbox"))


@pytest.mark.parametrize(
    ("projection", "change"),
    [
        ("attendance_day", "UPDATE attendance_day SET timed = 1 - timed WHERE {one} RETURNING 'employee:' || employee"),
        ("expected", "DELETE FROM expected WHERE {one} RETURNING 'employee:' || employee"),
        ("unit_day", "UPDATE unit_day SET service_total = service_total + 1 WHERE {one} RETURNING 'unit:' || unit"),
        ("unit_day", "UPDATE unit_day SET present = present + 1 WHERE {one} RETURNING 'unit:' || unit"),
        ("subtree_day", "UPDATE subtree_day SET overdue = overdue + 1 WHERE {last} RETURNING 'unit:' || unit"),
        ("subtree_staffing", "UPDATE subtree_staffing SET change = change + 1 WHERE {one} RETURNING 'unit:' || unit"),
        ("descent", "UPDATE descent SET status = status + 1 WHERE {one} RETURNING 'unit:' || unit"),
    ],
)
async def test_a_row_changed_by_hand_is_named_with_its_subject(scoring: Scoring, projection: str, change: str) -> None:
    """Whoever the changed row is about is named, with the projection."""
    one = f"ctid = (SELECT min(ctid) FROM {projection})"
    last = f"ctid = (SELECT ctid FROM {projection} ORDER BY day DESC LIMIT 1)"
    subject = await scoring.pool.fetchval(change.format(one=one, last=last))

    assert projection in (await _verified(scoring)).wrong[subject]


async def test_a_row_changed_behind_the_sums_is_found_by_counting(scoring: Scoring) -> None:
    """With the triggers off, as damage on disk would be, the sums no longer fit the rows."""
    await scoring.pool.execute("ALTER TABLE membership DISABLE TRIGGER USER")
    await scoring.pool.execute("DELETE FROM membership WHERE ctid = (SELECT min(ctid) FROM membership)")

    assert [projection for projection, *_ in (await _verified(scoring)).sums] == ["membership"]


async def test_records_that_no_figure_has_are_counted(scoring: Scoring) -> None:
    """Apart by whether they cannot be read or wait for another version; they make no figure wrong."""
    log = as_log(random_history(11, 300, VILLAGE), scoring.partitions)
    faults = [("/data/at: not a moment",) * 2, (unknown("service.rated.v9"),)]
    for partition, wrong in zip(log, faults, strict=False):
        end = len(log[partition])
        records = [faulty_record(partition, end + number, 0, b"{}", fault) for number, fault in enumerate(wrong)]
        await scoring.fold({partition: records}, (9,))
    verified = await _verified(scoring)

    assert (verified.set_aside, verified.later) == (2, 1)
    assert (verified.sums, verified.wrong) == ([], {})
    console = Console(record=True, width=200)
    print_verified(console, verified)
    assert "2 rekaman tidak dapat dibaca" in (told := console.export_text())
    assert "1 rekaman menunggu versi" in told
