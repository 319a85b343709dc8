"""
Sums over trees follow the tree: what a change of the directory moves from under one unit to under another.

The fold adds to those above a unit by the rows of `descent`, whatever the directory says by now; here these rows and
the sums change together. So at every commit a sum is what the own sums below it come to by these rows.
"""

from collections.abc import Iterable, Mapping

from services.kit import crashpoints
from services.kit.postgres import Connection
from services.scoring.domain.changes import EVER
from services.scoring.projections.subtrees.rows import Descent, descents, gone
from services.scoring.store import queries
from services.scoring.store.directory_state import DirectoryState

UNITS_A_STEP = 200

Rows = list[tuple[str, Descent]]
"""Units, each with days on which it stands below somebody."""


async def move_sums(conn: Connection, state: DirectoryState) -> bool:
    """
    Move the sums of the next queued units in a transaction of its own; say whether there were any.

    Under the directory's lock: no fact is folded between reading the rows and changing them.
    """
    if not await queries.descents_wait(conn):
        return False
    async with conn.transaction():
        await queries.lock_for_directory(conn)
        units = [row["code"] for row in await queries.queued_descents(conn, size=UNITS_A_STEP)]
        directory = await state.current(conn)
        before = await kept_descents(conn, units)
        after = {unit: descents(directory, unit) for unit in units}
        await _move(conn, [(unit, row) for unit in units for row in gone(before[unit], after[unit])], -1)
        await _move(conn, [(unit, row) for unit in units for row in gone(after[unit], before[unit])], +1)
        await queries.drop_zero_subtree_staffing(conn)
        await _rewrite(conn, before, after)
        await queries.finish_descents(conn, codes=units)
        crashpoints.reached("scoring.moved")
    return True


async def kept_descents(conn: Connection, units: Iterable[str]) -> Mapping[str, list[Descent]]:
    """Return under whom units stand by the sums as they are."""
    kept: dict[str, list[Descent]] = {unit: [] for unit in units}
    for row in await queries.descents_of(conn, units=units):
        kept[row["unit"]].append(Descent(*(row[name] for name in Descent._fields)))
    return kept


async def _move(conn: Connection, rows: Rows, sign: int) -> None:
    """Add units' own sums to those of the ancestors, or take them away."""
    if not rows:
        return
    moved = _columns(rows) | {"signs": [sign] * len(rows)}
    empty = await queries.move_subtree_days(conn, **moved)
    if empty:
        units, days, partitions, statuses = zip(*empty, strict=True)
        await queries.drop_subtree_days(conn, units=units, days=days, partitions=partitions, statuses=statuses)
    await queries.move_subtree_staffing(conn, **moved, ever=EVER.last)


def _columns(rows: Rows) -> dict[str, list[object]]:
    return {
        "units": [unit for unit, _ in rows],
        "ancestors": [row.ancestor for _, row in rows],
        "firsts": [row.first for _, row in rows],
        "lasts": [row.last for _, row in rows],
        "statuses": [row.status for _, row in rows],
    }


async def _rewrite(conn: Connection, before: Mapping[str, list[Descent]], after: Mapping[str, list[Descent]]) -> None:
    """Keep what the directory says now; a row that stays is not written."""
    leaving = _columns([(unit, row) for unit in after for row in set(before[unit]) - set(after[unit])])
    if leaving["units"]:
        await queries.drop_descents(
            conn, units=leaving["units"], firsts=leaving["firsts"], ancestors=leaving["ancestors"]
        )
    coming = _columns([(unit, row) for unit in after for row in sorted(set(after[unit]) - set(before[unit]))])
    if coming["units"]:
        await queries.put_descents(conn, **coming)
