"""What the fold looks up it finds by key, also before the first ANALYZE and without settings that ask for it."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from services.kit.arrays import texts
from services.scoring.store import queries

PEOPLE = 20_000
FILLED = f"""
    INSERT INTO membership (employee, first, last, unit, partition)
    SELECT 'E' || n, '2026-01-01', '2199-12-31', 'U' || n % 1000, 1 FROM generate_series(1, {PEOPLE}) n;
    INSERT INTO journal (partition, record_offset, recorded_at, identity, type, subject, day, payload, chain)
    SELECT 1, n, now(), gen_random_uuid(), 'attendance.punched.v1', 'employee:E' || n, '2026-03-02', '', ''
    FROM generate_series(1, {PEOPLE}) n;
    INSERT INTO journal (partition, record_offset, recorded_at, identity, type, subject, payload, chain)
    SELECT -1, n, now(), gen_random_uuid(), 'employee.registered.v1', 'employee:E' || n, '', ''
    FROM generate_series(1, {PEOPLE}) n;
"""
NOW = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = (date(2026, 3, 1), date(2026, 3, 31))
NAMES = [f"E{number}" for number in range(600)]
LOOKUPS: dict[str, tuple[Any, ...]] = {
    "memberships": (texts(NAMES),),
    "leaves": (1, texts([f"employee:{name}" for name in NAMES])),
    "mentions": (1, [uuid4() for _ in NAMES]),
    "facts_since": ([1], ["employee:E1"], [0], *DAYS, ["2026-03"], [1], [0], "E1", NOW),
    "directory_since": (["employee:E1", "unit:*"], ["U1"], 0, NOW),
}
OF_THE_DIRECTORY: dict[str, tuple[Any, ...]] = {
    "directory_events": (100, PEOPLE, 2_000),
    "known_directory": (NOW,),
    "known_policies": (NOW,),
}
"""What shapes it is found by an index of that alone, not among all people."""
LOOKUPS |= OF_THE_DIRECTORY


@pytest.mark.parametrize("planned", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("name", LOOKUPS)
async def test_no_table_is_read_whole(scoring_dsn: str, name: str, planned: str) -> None:
    conn = await asyncpg.connect(scoring_dsn, server_settings={"plan_cache_mode": planned})
    try:
        await queries.ensure_journal(conn, partitions=4)
        await conn.execute(FILLED)
        plan = "\n".join(row[0] for row in await conn.fetch("EXPLAIN " + getattr(queries, name).sql, *LOOKUPS[name]))
        assert "Index" in plan
        assert "Seq Scan" not in plan
        assert name not in OF_THE_DIRECTORY or "journal_directory_record_offset_idx" in plan
    finally:
        await conn.close()
