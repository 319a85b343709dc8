"""Figures as they are now, from the projections. Every function runs inside the caller's snapshot."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

import asyncpg

from services.kit.errors import Unavailable
from services.kit.postgres import Connection
from services.scoring.domain.counters import ATTENDANCE, CREDITED, UNIT_DAY, Counters, PersonDay
from services.scoring.domain.directory import Directory
from services.scoring.domain.figures import (
    Figures,
    figures_of_person,
    figures_of_tree,
    figures_of_unit,
    heads_on,
    running_heads,
    with_heads,
)
from services.scoring.domain.membership import MembershipSpan
from services.scoring.store import queries

MOST_SUMMED = 250_000
"""Unit-days that are added up while kept sums move; of more the answer waits until they have."""
_MOST_MOVING = 1_000


async def unit_figures(conn: Connection, directory: Directory, code: str, first: date, last: date) -> Figures:
    """Return a unit's figures, with all below it as on each day. Raises Unavailable for a large tree in motion."""
    if await _moves(conn, directory, code):
        return await _added_up(conn, directory, code, first, last)
    own = await own_unit_days(conn, {code}, first, last)
    below = await _below(conn, code, first, last) if directory.tree.has_below(code) else {}
    return figures_of_unit(directory, first, last, own, below)


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
    return figures_of_tree(directory, code, first, last, await own_unit_days(conn, units, first, last))


async def _below(conn: Connection, code: str, first: date, last: date) -> dict[tuple[int, date], Counters]:
    """Return the counters of everybody below a unit, by status and day."""
    span = {"unit": code, "first": first, "last": last}
    below = {
        (row["status"], row["day"]): Counters(**{name: row[name] for name in UNIT_DAY})
        for row in await queries.subtree_days(conn, **span)
    }
    changes = await queries.subtree_staffing(conn, **span)
    with_heads(below, running_heads(((row["status"], row["day"], row["change"]) for row in changes), last))
    return below


async def own_unit_days(conn: Connection, units: set[str], first: date, last: date) -> dict[tuple[str, date], Counters]:
    """Return counters of units' own people and services; days without anything are absent."""
    listed = sorted(units)
    own = _counters(await queries.unit_days(conn, units=listed, first=first, last=last))
    changes = await queries.staffing_changes(conn, units=listed, first=first, last=last)
    with_heads(own, running_heads(((row["unit"], row["day"], row["change"]) for row in changes), last))
    return own


async def counters_on(conn: Connection, unit_days: Collection[tuple[str, date]]) -> dict[tuple[str, date], Counters]:
    """Return counters of these unit-days, however far apart they lie; days without anything are absent."""
    units, days = zip(*unit_days, strict=True)
    own = _counters(await queries.unit_days_on(conn, units=units, days=days))
    changes = await queries.staffing_changes(conn, units=sorted(set(units)), first=min(days), last=max(days))
    with_heads(own, heads_on(((row["unit"], row["day"], row["change"]) for row in changes), unit_days))
    return own


def _counters(rows: Iterable[asyncpg.Record]) -> dict[tuple[str, date], Counters]:
    return {(row["unit"], row["day"]): Counters(**{name: row[name] for name in UNIT_DAY}) for row in rows}


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
    return figures_of_person(directory, first, last, spans, attendance, services)


async def coverage(conn: Connection) -> dict[str, datetime]:
    """Return up to which moment each source says it is complete."""
    return {row["source"]: row["up_to"] for row in await queries.coverage(conn)}


async def is_registered(conn: Connection, employee: str) -> bool:
    """Say whether the employee was ever registered."""
    return bool(await queries.registered(conn, subject=f"employee:{employee}"))
