"""What notifications knows of units, heads and days: a read model folded from the log."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec

from schemas.measures import Measure
from services.kit.postgres import Connection
from services.notifications.domain.heads import Headship
from services.notifications.domain.unit_days import UnitDay
from services.notifications.domain.units import Tree, UnitVersion, moved_since, moved_trees
from services.notifications.messages import HeadshipVoided, UnitDayChanged, UnitRegistered
from services.notifications.store.named import queries


class Mark(NamedTuple):
    """
    A unit-day, with the trees above it unless *alone*; no day: the heads.

    No unit: every unit from that day on, as earlier versions left it.
    """

    unit: str | None = None
    day: date | None = None
    alone: bool = False


_sums = msgspec.json.Decoder(dict[str, Measure])


async def take_unit_days(conn: Connection, changes: Iterable[UnitDayChanged]) -> list[tuple[str, date]]:
    """Take in unit-days, in any order and however often; answer those that can matter to a stream."""
    greatest: dict[tuple[date, str], UnitDayChanged] = {}
    for change in changes:
        key = change.day, change.unit
        if key not in greatest or change.revision > greatest[key].revision:
            greatest[key] = change
    rows = [greatest[key] for key in sorted(greatest)]
    changed = await queries.take_unit_days(
        conn,
        days=[row.day for row in rows],
        units=[row.unit for row in rows],
        revisions=[row.revision for row in rows],
        closings=[row.closed for row in rows],
        measures=[msgspec.json.encode(row.watched()).decode() for row in rows],
    )
    return [(row["unit"], row["day"]) for row in changed if row["matters"]]


async def take_units(conn: Connection, events: Iterable[UnitRegistered], last: date) -> list[Mark]:
    """
    Take in registrations, in any order and however often.

    Answers which days of trees they move: of days with figures, up to *last*, those on which some walk differs.
    """
    greatest: dict[tuple[str, date], UnitRegistered] = {}
    for event in events:
        key = event.version.unit, event.version.effective_from
        if key not in greatest or _rank(event) > _rank(greatest[key]):
            greatest[key] = event
    rows = [greatest[key] for key in sorted(greatest)]
    codes = sorted({row.version.unit for row in rows})
    before = await _read_around(conn, codes)
    changed = await queries.take_unit_versions(
        conn,
        units=[row.version.unit for row in rows],
        since=[row.version.effective_from for row in rows],
        names=[row.version.name for row in rows],
        kinds=[row.version.kind for row in rows],
        parents=[row.version.parent for row in rows],
        times=[row.time for row in rows],
        sources=[row.source for row in rows],
        ids=[row.id for row in rows],
    )
    if not changed:
        return []
    return [
        Mark(),
        *await _moved(conn, before, await _read_around(conn, codes), {row["unit"] for row in changed}, last),
    ]


async def _moved(conn: Connection, before: Tree, after: Tree, changed: set[str], last: date) -> list[Mark]:
    since = {unit: moved_since(before, after, unit) for unit in before.ever_below(changed) | after.ever_below(changed)}
    moved = sorted((unit, day) for unit, day in since.items() if day is not None)
    if not moved:
        return []
    units, days = zip(*moved, strict=True)
    rows = await queries.days_with_figures(conn, units=units, since=days, last=last)
    trees = {(tree, row["day"]) for row in rows for tree in moved_trees(before, after, row["unit"], row["day"])}
    return [Mark(unit, day, alone=True) for unit, day in sorted(trees)]


async def take_headships(conn: Connection, started: Sequence[Headship], voided: Sequence[HeadshipVoided]) -> None:
    """Take in assignments that lead a unit, and voids of assignments, in any order and however often."""
    await queries.take_headships(
        conn,
        sources=[row.source for row in started],
        ids=[row.id for row in started],
        employees=[row.employee for row in started],
        units=[row.unit for row in started],
        bases=[row.basis for row in started],
        since=[row.since for row in started],
        until=[row.until for row in started],
        times=[row.time for row in started],
    )
    await queries.take_headship_voids(
        conn,
        sources=[row.source for row in voided],
        ids=[row.id for row in voided],
        employees=[row.employee for row in voided],
    )


async def mark(conn: Connection, marks: Sequence[Mark]) -> None:
    """Ask detection to look."""
    units, days, alone = zip(*marks, strict=True) if marks else ((), (), ())
    await queries.mark(conn, units=units, days=days, alone=alone)


async def read_tree(conn: Connection) -> Tree:
    """Return the unit tree of all times."""
    rows = await queries.unit_versions(conn)
    return Tree(UnitVersion(*row) for row in rows)


async def _read_around(conn: Connection, units: Sequence[str]) -> Tree:
    """Return what is registered of some units, of the units ever below them, and of all above any of those."""
    return Tree(UnitVersion(*row) for row in await queries.units_around(conn, units=units))


async def read_units(conn: Connection, units: Iterable[str]) -> Tree:
    """Return the states of some units, of all times."""
    rows = await queries.unit_versions_of(conn, units=sorted(set(units)))
    return Tree(UnitVersion(*row) for row in rows)


async def read_headships(conn: Connection) -> list[Headship]:
    """Return who leads, led and will lead which unit, without what is voided."""
    return [Headship(*row) for row in await queries.headships(conn)]


async def read_unit_days(conn: Connection, days: Iterable[date], since: date | None) -> list[UnitDay]:
    """Return all units' own days on *days* and, where given, from *since* on."""
    rows: list[Any] = await queries.unit_days_from(conn, first=since) if since is not None else []
    others = sorted(day for day in set(days) if since is None or day < since)
    rows += await queries.unit_days(conn, days=others)
    return _unit_days(rows)


async def read_unit_days_of(conn: Connection, units: Iterable[str], days: Iterable[date]) -> list[UnitDay]:
    """Return some units' own days on *days*."""
    return _unit_days(await queries.unit_days_of(conn, units=sorted(units), days=sorted(set(days))))


def _unit_days(rows: Iterable[Any]) -> list[UnitDay]:
    return [UnitDay(row["unit"], row["day"], row["closed"], _sums.decode(row["measures"])) for row in rows]


def _rank(event: UnitRegistered) -> tuple[datetime, bytes, bytes]:
    return event.time, event.source.encode(), event.id.encode()
