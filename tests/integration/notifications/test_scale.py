"""What a registration moves is found by key: counted in rows read of the units' days."""

from datetime import date, timedelta

from tests.support.notifications import unit, unit_day
from tests.support.notifications_installation import Installation

UNITS, DAYS = 60, 400
BEGIN = date(2025, 1, 1)
ASIDE = 10
"""What planning, and a session whose counts come late, may read beside."""


async def _read(installation: Installation) -> int:
    """Rows of unit_day read until now, by the server's own count."""
    async with installation.pool.acquire() as conn:
        await conn.execute("SELECT pg_stat_force_next_flush()")
        count = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relid = 'unit_day'::regclass"
        return int(await conn.fetchval(count))


async def _loaded(installation: Installation) -> None:
    """Units of their own with a long history, which no detection has to look at any more."""
    codes = [f"U{number:02}" for number in range(UNITS)]
    await installation.directory(*(unit(code) for code in codes))
    rows = [(BEGIN + timedelta(days=day), code, 1, True, "{}") for day in range(DAYS) for code in codes]
    async with installation.pool.acquire() as conn:
        await conn.copy_records_to_table(
            "unit_day", records=rows, columns=("day", "unit", "revision", "closed", "measures")
        )
        await conn.execute("DELETE FROM mark")
        await conn.execute("ANALYZE unit_day")
    await installation.detect()


async def test_a_new_unit_reads_no_history(installation: Installation) -> None:
    """It has no figures yet, so nothing is looked at again."""
    await _loaded(installation)
    before = await _read(installation)
    await installation.directory(unit("NEW", parent="U00"))
    await installation.detect()

    assert await _read(installation) - before <= ASIDE


async def test_a_unit_that_moves_reads_its_own_history_and_that_of_both_parents(installation: Installation) -> None:
    """Not that of the others, nor the days before."""
    await _loaded(installation)
    before = await _read(installation)
    await installation.directory(unit("U01", parent="U02", since=str(BEGIN + timedelta(days=DAYS - 10))))
    await installation.detect()

    assert await _read(installation) - before <= 3 * 10 + ASIDE


async def test_a_new_name_reads_nothing(installation: Installation) -> None:
    """The tree is as it was."""
    await _loaded(installation)
    before = await _read(installation)
    await installation.directory(unit("U01", name="Baru", time="2026-06-01T08:00:00+07:00"))
    await installation.detect()

    assert await _read(installation) - before <= ASIDE


async def test_a_move_leaves_the_trees_that_figures_after_it_would(installation: Installation) -> None:
    """Whether figures, or the unit's new place, came first: the days of the trees are the same."""
    days = [date(2026, 1, 5) + timedelta(days=day) for day in range(20)]
    figures = [unit_day(code, day, late=late) for code, late in (("A", 1), ("B", 2), ("C", 3)) for day in days]
    moves = [
        unit("C", parent="A"),
        unit("L"),
        unit("A", parent="L", since="2026-01-12"),
        unit("A", parent="K", since="2026-01-19"),
        unit("B", parent="K", kind="seksi", time="2026-06-01T08:00:00+07:00"),
    ]
    await installation.measures(figures)
    for move in moves:
        await installation.directory(move)
        await installation.detect()
    moved = (await installation.contents())["stream_day"]
    await installation.pool.execute("TRUNCATE unit_day, stream_day, stream, mark")
    await installation.measures([message | {"revision": 2} for message in figures])

    assert moved == (await installation.contents())["stream_day"]
    assert moved
