"""Figures as they are now, from the projections. Every function runs inside the caller's snapshot."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

import asyncpg

from services.kit.postgres import Connection
from services.scoring.domain.counters import ATTENDANCE, CREDITED, UNIT_DAY, Counters, PersonDay
from services.scoring.domain.directory import Directory
from services.scoring.domain.figures import (
    DayMeasures,
    heads_on,
    person_measures,
    running_heads,
    unit_measures,
    with_heads,
)
from services.scoring.domain.membership import MembershipSpan
from services.scoring.store import queries


async def unit_figures(conn: Connection, directory: Directory, code: str, first: date, last: date) -> DayMeasures:
    """Return a unit's measures of every day, its tree summed as on each."""
    units = {unit for _, _, below in directory.trees(code, first, last) for unit in below}
    own = await own_unit_days(conn, units, first, last)
    return unit_measures(directory, code, first, last, own)


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


async def employee_figures(
    conn: Connection, directory: Directory, employee: str, first: date, last: date
) -> DayMeasures:
    """Return a person's measures of every day."""
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
    return person_measures(directory, first, last, spans, attendance, services)


async def coverage(conn: Connection) -> dict[str, datetime]:
    """Return up to which moment each source says it is complete."""
    return {row["source"]: row["up_to"] for row in await queries.coverage(conn)}


async def is_registered(conn: Connection, employee: str) -> bool:
    """Say whether the employee was ever registered."""
    return bool(await queries.registered(conn, subject=f"employee:{employee}"))
