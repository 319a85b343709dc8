"""Sums over trees: right while they move, and as cheap for a country as for a village."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any

import asyncpg
import pytest

from services.kit.errors import Unavailable
from services.kit.migrations import Stage, migrate
from services.scoring.reading import current
from tests.integration.conftest import role_dsn
from tests.support.event_builders import assigned, closed, leave, person, punch, unit
from tests.support.folding import Scoring
from tests.support.growing import FIVE_YEARS, Growing
from tests.support.oracle import Event, Oracle

SINCE = FIVE_YEARS[0]
SUMMED = "0013_sum_subtrees.after.sql"
MONTH = FIVE_YEARS[1000:1031]
FIRST, LAST = date.fromisoformat(MONTH[0]), date.fromisoformat(MONTH[-1])


@pytest.fixture
async def growing(migrated: str) -> AsyncIterator[Growing]:
    """An empty log in a database of this test's own."""
    scoring = await Scoring.open(role_dsn(migrated, "scoring"))
    yield Growing(scoring)
    await scoring.pool.close()


def _people(code: str, days: Sequence[str]) -> list[Event]:
    """A unit's one member, who comes on some days and is once on leave."""
    employee = f"E{code}"
    return [
        person(employee),
        assigned(employee, code, SINCE),
        leave(employee, MONTH[5], MONTH[5]),
        *(punch(employee, f"{day}T07:10:00+07:00") for day in days),
    ]


def _country(units: int, days: Sequence[str]) -> list[Event]:
    """A root, two regions, and units below these in turn."""
    regions = [unit("R", since=SINCE), unit("R0", parent="R", since=SINCE), unit("R1", parent="R", since=SINCE)]
    codes = [f"U{number:03}" for number in range(units)]
    below = [unit(code, parent=f"R{number % 2}", since=SINCE) for number, code in enumerate(codes)]
    return [*regions, *below, *(event for code in codes for event in _people(code, days))]


async def _rows(scoring: Scoring, what: str, *tables: str) -> int:
    """Rows of tables that were read, or written, so far, by the server's own count."""
    columns = {"read": "seq_tup_read + idx_tup_fetch", "written": "n_tup_ins + n_tup_upd + n_tup_del"}
    for conn in [await scoring.pool.acquire() for _ in range(scoring.pool.get_size())]:
        await conn.execute("SELECT pg_stat_force_next_flush()")
        await scoring.pool.release(conn)
    query = f"SELECT sum({columns[what]})::bigint FROM pg_stat_user_tables WHERE relname = ANY($1)"
    return int(await scoring.pool.fetchval(query, tables))


@pytest.mark.parametrize("units", [6, 120])
async def test_the_root_of_many_reads_no_more_rows_than_the_root_of_few(growing: Growing, units: int) -> None:
    """One row a day, partition and status, and one a change of heads: never one a unit."""
    await growing.begin(*_country(units, MONTH[:8]), *(closed("*", day) for day in MONTH))
    before = await _rows(growing.scoring, "read", "unit_day", "staffing", "subtree_day", "subtree_staffing")
    found = await growing.scoring.unit("R", FIRST, LAST)
    after = await _rows(growing.scoring, "read", "unit_day", "staffing", "subtree_day", "subtree_staffing")

    days, heads = 8 * growing.scoring.partitions, 3 * growing.scoring.partitions
    assert after - before <= days + heads
    assert found[FIRST]["attendance.presence"] == (units, units)


async def test_one_more_punch_writes_as_many_sums_as_there_are_units_above(growing: Growing) -> None:
    """Two rows, whatever is below them."""
    events = _country(40, MONTH[:2])
    await growing.begin(*events)
    before = await _rows(growing.scoring, "written", "subtree_day", "subtree_staffing")
    await growing.add(punch("EU007", f"{MONTH[20]}T07:20:00+07:00"))

    assert await _rows(growing.scoring, "written", "subtree_day", "subtree_staffing") - before == 2


async def test_a_unit_that_moves_takes_its_own_days_along(growing: Growing) -> None:
    """From the day on which it moves, and nobody else's."""
    events = _country(40, MONTH[:10])
    await growing.begin(*events)
    before = await _rows(growing.scoring, "written", "subtree_day", "subtree_staffing")
    await growing.add(unit("U007", parent="R0", since=MONTH[4]))
    await growing.drain()

    days, heads = 2 * 6, 2 * 4
    assert await _rows(growing.scoring, "written", "subtree_day", "subtree_staffing") - before <= days + heads


async def _agrees(scoring: Scoring, oracle: Oracle, *codes: str) -> None:
    for code in codes:
        assert await scoring.unit(code, FIRST, LAST) == oracle.unit_measures(code, FIRST, LAST), code


async def test_figures_are_right_while_sums_move_and_after(growing: Growing) -> None:
    """A reorganisation is answered from the units themselves until the sums have followed it."""
    events = [*_country(6, MONTH[:10]), *(closed("*", day) for day in MONTH)]
    await growing.begin(*events)
    moved = [unit("U001", parent="R0", since=MONTH[3]), unit("R1", parent="U000", since=MONTH[5])]
    await growing.add(*moved)
    oracle = Oracle([*events, *moved])

    assert "descent" in await growing.waiting()
    await _agrees(growing.scoring, oracle, "R", "R0", "R1", "U000", "U001")
    await growing.drain()
    assert not await growing.waiting()
    await _agrees(growing.scoring, oracle, "R", "R0", "R1", "U000", "U001")


async def test_a_country_whose_sums_move_is_asked_for_again(growing: Growing, monkeypatch: Any) -> None:
    """More than can be added up at once is not tried; those it does not concern answer as always."""
    await growing.begin(*_country(6, MONTH[:2]))
    await growing.add(unit("U001", parent="R", since=MONTH[3]))
    monkeypatch.setattr(current, "MOST_SUMMED", 31 * 5)

    with pytest.raises(Unavailable, match="on the move"):
        await growing.scoring.unit("R", FIRST, LAST)
    assert await growing.scoring.unit("R0", FIRST, LAST)
    await growing.drain()
    assert await growing.scoring.unit("R", FIRST, LAST)


async def test_data_of_the_version_before_is_summed_once_its_workers_are_gone(growing: Growing, migrated: str) -> None:
    """Until the migration for afterwards has run, and while workers of both versions fold, every answer is right."""
    events = [*_country(6, MONTH[:10]), *(closed("*", day) for day in MONTH)]
    await growing.begin(*events)
    pool, oracle = growing.scoring.pool, Oracle(events)
    await pool.execute("DELETE FROM migration WHERE name = $1", SUMMED)
    await pool.execute("UPDATE subtree_day SET present = present - 1")  # a fact that an old worker folded
    await _agrees(growing.scoring, oracle, "R", "R0", "R1")
    conn = await asyncpg.connect(role_dsn(migrated, "scoring"))
    assert await migrate(conn, "services.scoring.store", Stage.BEFORE) == []
    assert await migrate(conn, "services.scoring.store") == [SUMMED]
    await conn.close()
    await _agrees(growing.scoring, oracle, "R", "R0", "R1")
    await growing.drain()

    assert await pool.fetchval("SELECT count(*) FROM subtree_day") > 0
    await _agrees(growing.scoring, oracle, "R", "R0", "R1")
