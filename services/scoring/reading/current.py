"""Figures as they are now, from the projections. Every function runs inside the caller's snapshot."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from operator import itemgetter

import asyncpg

from services.kit.errors import Unavailable
from services.kit.postgres import Connection
from services.scoring.domain.directory import Directory
from services.scoring.domain.figures import (
    Figures,
    K,
    figures_of_person,
    figures_of_tree,
    figures_of_unit,
    heads_on,
    running_heads,
    with_heads,
)
from services.scoring.projections.attendance.columns import ATTENDANCE
from services.scoring.projections.attendance.rows import PersonDay
from services.scoring.projections.membership.rows import MembershipSpan
from services.scoring.projections.services.columns import CREDITED
from services.scoring.projections.unit_day.columns import UNIT_DAY, Counters
from services.scoring.reading.beside import worked_out
from services.scoring.store import queries

MOST_SUMMED = 250_000
"""Unit-days that are added up while kept sums move; of more the answer waits until they have."""
_MOST_MOVING = 1_000


async def unit_figures(conn: Connection, directory: Directory, code: str, first: date, last: date) -> Figures:
    """Return a unit's figures, with all below it as on each day. Raises Unavailable for a large tree in motion."""
    if await _moves(conn, directory, code):
        return await _added_up(conn, directory, code, first, last)
    rows = await queries.unit_days(conn, units=[code], first=first, last=last)
    below = []
    if directory.tree.has_below(code):
        below = await queries.subtree_days(conn, unit=code, first=first, last=last)

    def figures() -> Figures:
        return figures_of_unit(directory, first, last, _by(_UNIT, rows, last), _by(_STATUS, below, last))

    return await worked_out((last - first).days, figures)


async def _moves(conn: Connection, directory: Directory, code: str) -> bool:
    """Say whether a change of the directory still moves sums from or to the unit's."""
    if not directory.tree.has_below(code):
        return False
    waiting = await queries.moving_below(conn, unit=code, size=_MOST_MOVING)
    return len(waiting) == _MOST_MOVING or any(
        row["below"] or (row["code"] != code and code in directory.tree.ever_above(row["code"])) for row in waiting
    )


async def _added_up(conn: Connection, directory: Directory, code: str, first: date, last: date) -> Figures:
    units = directory.tree.ever_below([code])
    if len(units) * ((last - first).days + 1) > MOST_SUMMED:
        raise Unavailable(f"The sums of {code} are on the move after a change of the directory; ask again in a moment.")
    rows = await queries.unit_days(conn, units=sorted(units), first=first, last=last)

    def figures() -> Figures:
        return figures_of_tree(directory, code, first, last, _by(_UNIT, rows, last))

    return await worked_out(len(units) * (last - first).days, figures)


_UNIT: Callable[[asyncpg.Record], str] = itemgetter("unit")
_STATUS: Callable[[asyncpg.Record], int] = itemgetter("status")


def _by(key: Callable[[asyncpg.Record], K], rows: list[asyncpg.Record], last: date) -> dict[tuple[K, date], Counters]:
    """Return counters with heads by unit, or by status, and day; days without anything are absent."""
    counted = {(key(row), row["day"]): _counters(row) for row in rows if row["change"] is None}
    changes = ((key(row), row["day"], row["change"]) for row in rows if row["change"] is not None)
    with_heads(counted, running_heads(changes, last))
    return counted


def _counters(row: asyncpg.Record) -> Counters:
    return Counters(**{name: row[name] for name in UNIT_DAY})


async def own_days(
    conn: Connection, units: Collection[str], first: date, last: date
) -> dict[tuple[str, date], Counters]:
    """Return counters of units' own days; days without anything are absent."""
    return _by(_UNIT, await queries.unit_days(conn, units=sorted(units), first=first, last=last), last)


async def counters_on(conn: Connection, unit_days: Collection[tuple[str, date]]) -> dict[tuple[str, date], Counters]:
    """Return counters of these unit-days, however far apart they lie; days without anything are absent."""
    units, days = zip(*unit_days, strict=True)
    rows = await queries.unit_days_on(conn, units=units, days=days)
    own = {(row["unit"], row["day"]): _counters(row) for row in rows}
    changes = await queries.staffing_changes(conn, units=sorted(set(units)), first=min(days), last=max(days))
    with_heads(own, heads_on(((row["unit"], row["day"], row["change"]) for row in changes), unit_days))
    return own


async def employee_figures(conn: Connection, directory: Directory, employee: str, first: date, last: date) -> Figures:
    """Return a person's figures."""
    span = {"employee": employee, "first": first, "last": last}
    spans = [MembershipSpan(row["unit"], row["first"], row["last"]) for row in await queries.expectation(conn, **span)]
    attendance = {
        row["day"]: PersonDay(row["unit"], *(row[name] for name in ATTENDANCE))
        for row in await queries.person_attendance(conn, **span)
    }
    services = {
        row["day"]: Counters(**{name: row[name] for name in CREDITED})
        for row in await queries.person_services(conn, **span)
    }

    def figures() -> Figures:
        return figures_of_person(directory, first, last, spans, attendance, services)

    return await worked_out((last - first).days, figures)


async def coverage(conn: Connection) -> dict[str, datetime]:
    """Return up to which moment each source says it is complete."""
    return {row["source"]: row["up_to"] for row in await queries.coverage(conn)}


async def is_registered(conn: Connection, employee: str) -> bool:
    """Say whether the employee was ever registered."""
    return bool(await queries.registered(conn, subject=f"employee:{employee}"))
