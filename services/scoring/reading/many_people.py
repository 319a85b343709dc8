"""
The measures of many people over many periods, from few queries: now from the projections, else from the journal.

The sums are made where the rows are; what a day counts for each unit goes there as a byte a day.
"""

import asyncio
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import asyncpg

from services.scoring.domain.changes import Span
from services.scoring.domain.days import days_between
from services.scoring.domain.directory import Directory
from services.scoring.domain.figures import Counted, Figures
from services.scoring.domain.measures import OF_PERSON, Measures
from services.scoring.evaluation.periods import Period
from services.scoring.projections.attendance.columns import ATTENDANCE
from services.scoring.projections.membership.rows import Membership, MembershipSpan
from services.scoring.projections.services.columns import CREDITED
from services.scoring.projections.unit_day.columns import Counters
from services.scoring.reading.as_of import AsOf
from services.scoring.reading.evidence import Evidence
from services.scoring.store import queries

WORKDAY, CLOSED = 1, 3
"""How a day counts for a unit: as a workday, and as one that is closed; 0: not at all."""

Sums = dict[tuple[str, int], Measures]
"""Measures by person and the number of the period, from 0; nothing where nothing is known."""

_MOST_DAYS = 4_000_000
"""Bytes of remembered days."""


class CountedDays:
    """How each day from *first* to *last* counts for units; remembered within bounds."""

    def __init__(self, directory: Directory, first: date, last: date) -> None:
        self._directory = directory
        self._days = list(days_between(first, last))
        self._known: dict[str, bytes] = {}

    def of(self, unit: str) -> bytes:
        """Return a byte for each day."""
        found = self._known.get(unit)
        if found is None:
            if len(self._known) * len(self._days) > _MOST_DAYS:
                self._known.clear()
            found = self._known[unit] = bytes(self._flag(unit, day) for day in self._days)
        return found

    def _flag(self, unit: str, day: date) -> int:
        if not self._directory.workday(unit, day):
            return 0
        return CLOSED if self._directory.closed(unit, day) else WORKDAY


class ManyPeople:
    """Reads measures over *periods*, in order and one after the other, in one snapshot as *evidence* knows it."""

    def __init__(self, evidence: Evidence, directory: Directory, periods: Sequence[Period], days: CountedDays) -> None:
        self._evidence = evidence
        self._directory = directory
        self._periods = periods
        self._first, self._last = periods[0].first, periods[-1].last
        self._days = days

    async def sums(self, memberships: Mapping[str, Membership]) -> Sums:
        """Return the measures of these people."""
        if self._evidence.asked_at is None:
            return await self._now(list(memberships))
        past = AsOf(self._evidence.conn, self._evidence.asked_at, Span(self._first, self._last))
        figures = await past.people(self._directory, memberships)
        return await asyncio.to_thread(self._cut, figures)

    def _cut(self, figures: Mapping[str, Figures]) -> Sums:
        firsts = [period.first for period in self._periods]
        found: dict[tuple[str, int], list[Counted]] = defaultdict(list)
        for employee, whole in figures.items():
            for part in whole.parts:
                found[employee, bisect_right(firsts, part.day) - 1].append(part)
        return self._measured(found)

    async def _now(self, employees: list[str]) -> Sums:
        conn, span = self._evidence.conn, {"first": self._first, "last": self._last}
        firsts = [period.first for period in self._periods]
        expected = await queries.expectations(conn, employees=employees, **span)
        spans = await asyncio.to_thread(self._cut_spans, expected)
        attended = await queries.attended(conn, **await asyncio.to_thread(self._asked, spans), firsts=firsts)
        served = await queries.served(conn, employees=employees, **span, firsts=firsts)
        return await asyncio.to_thread(self._added, spans, attended, served)

    def _cut_spans(self, rows: Iterable[asyncpg.Record]) -> list[tuple[str, MembershipSpan]]:
        return [
            (row["employee"], MembershipSpan(row["unit"], max(row["first"], self._first), min(row["last"], self._last)))
            for row in rows
        ]

    def _asked(self, spans: Sequence[tuple[str, MembershipSpan]]) -> dict[str, object]:
        """Return what is asked of the present days: spans, and for each of their units how its days count."""
        places: dict[str, int] = {}
        for _, span in spans:
            places.setdefault(span.unit, len(places) + 1)
        return {
            "employees": [employee for employee, _ in spans],
            "first_days": [span.first for _, span in spans],
            "last_days": [span.last for _, span in spans],
            "places": [places[span.unit] for _, span in spans],
            "flags": [self._days.of(unit) for unit in places],
            "first": self._first,
        }

    def _added(
        self,
        spans: Iterable[tuple[str, MembershipSpan]],
        attended: Iterable[asyncpg.Record],
        served: Iterable[asyncpg.Record],
    ) -> Sums:
        parts: dict[tuple[str, int], list[Counted]] = defaultdict(list)
        for row in attended:
            counted = {"present": row["present"], **{name: row[name] for name in ATTENDANCE}}
            self._note(parts, row, row["flag"], Counters(**counted))
        for row in served:
            self._note(parts, row, 0, Counters(**{name: row[name] for name in CREDITED}))
        for employee, span in spans:
            self._add_heads(parts, employee, span)
        return self._measured(parts)

    def _measured(self, parts: Mapping[tuple[str, int], Sequence[Counted]]) -> Sums:
        return {key: Figures(self._first, self._last, OF_PERSON, listed).in_all() for key, listed in parts.items()}

    def _note(
        self, parts: dict[tuple[str, int], list[Counted]], row: asyncpg.Record, flag: int, counters: Counters
    ) -> None:
        key = row["employee"], row["period"] - 1
        parts[key].append(Counted(self._first, flag >= WORKDAY, flag == CLOSED, counters))

    def _add_heads(self, parts: dict[tuple[str, int], list[Counted]], employee: str, span: MembershipSpan) -> None:
        """Count the closed workdays on which somebody is expected."""
        flags = self._days.of(span.unit)
        for number, period in enumerate(self._periods):
            first, last = max(span.first, period.first), min(span.last, period.last)
            if first <= last:
                heads = flags.count(CLOSED, (first - self._first).days, (last - self._first).days + 1)
                parts[employee, number].append(Counted(first, True, True, Counters(heads)))
