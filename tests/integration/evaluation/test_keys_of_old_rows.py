"""What the version before kept of an evaluation is found by the migration's keys as by those of today."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import services.scoring.store as store
from services.local.servers import Servers
from tests.integration.conftest import role_dsn
from tests.support.databases import fresh_database
from tests.support.event_builders import event
from tests.support.folding import Scoring
from tests.support.scorecards import WORKED, card, fold_all

MIGRATION = Path(store.__file__).parent / "migrations" / "0016_evaluation_keys.after.sql"
KEYS = "SELECT partition, record_offset, key, supervisor FROM journal ORDER BY partition, record_offset"
NAMED = event(
    "assignment.started.v1",
    "employee:E1003",
    {
        "unit": "padangsari",
        "position": "x",
        "head": False,
        "supervisor": "E900",
        "basis": "definitive",
        "effective_from": "2027-01-01",
    },
)


@pytest.fixture
async def scoring(servers: Servers, template: str) -> AsyncIterator[Scoring]:
    """A scoring database with the worked events, one of them twice, and an assignment that names a supervisor."""
    async with fresh_database(servers.postgres.address, template) as admin:
        opened = await Scoring.open(role_dsn(admin, "scoring"))
        repeated = next(each for each in WORKED["events"] if each["type"] == "result.targeted.v1")
        await fold_all(opened, [*WORKED["events"], NAMED, repeated])
        yield opened
        await opened.pool.close()


async def test_rows_of_the_version_before_get_the_keys_of_today(scoring: Scoring) -> None:
    """Periods, heads and named supervisors; a duplicate keeps the columns that seals know."""
    written = await scoring.pool.fetch(KEYS)
    before = await card(scoring, "employee:E1001", "2026-11")
    assert {row["key"] for row in written} >= {"2026-11", "head"}
    assert "E900" in {row["supervisor"] for row in written}

    types = ["result.targeted.v1", "result.reported.v1", "rating.given.v1", "assignment.started.v1"]
    await scoring.pool.execute("UPDATE journal SET key = NULL, supervisor = NULL WHERE type = ANY($1::text[])", types)
    assert await card(scoring, "employee:E1001", "2026-11") != before
    await scoring.pool.execute(MIGRATION.read_text("utf-8"))

    migrated = await scoring.pool.fetch(KEYS)
    duplicates = {
        (row["partition"], row["record_offset"])
        for row in await scoring.pool.fetch("SELECT partition, record_offset FROM journal WHERE duplicate")
    }
    assert duplicates
    for now, then in zip(migrated, written, strict=True):
        if (now["partition"], now["record_offset"]) in duplicates:
            assert (now["key"], now["supervisor"]) == (None, None)
        else:
            assert now == then
    assert await card(scoring, "employee:E1001", "2026-11") == before
