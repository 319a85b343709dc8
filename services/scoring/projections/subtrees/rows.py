"""
Under whom a unit stands, by dates, and what of its days' status it owes to nobody but everyone: rows of a closure.

Sums over a tree are kept by these rows. What everyone's schedule, calendar and closings say is left open in a status
and filled in where the sums are read, so that an entry for everyone changes none of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from services.scoring.domain.changes import EVER
from services.scoring.domain.days import ONE_DAY
from services.scoring.domain.directory import EVERYONE, Directory

_CALENDAR = (None, False, True)


class Status(NamedTuple):
    """
    What decides whether days of a unit are workdays and closed.

    *week*: the weekdays with hours by a schedule of its walk, as bits, Monday's is 1. *workday*: what a calendar entry
    of its walk says. *closed*: a closing names a unit of its walk. None: what everyone's say.
    """

    week: int | None
    workday: bool | None
    closed: bool

    @property
    def code(self) -> int:
        """The status as a number: week 0..127 or 128 for None, 256 and 512 for calendar entries, 1024 for closed."""
        week = 128 if self.week is None else self.week
        return week + 256 * _CALENDAR.index(self.workday) + 1024 * self.closed

    def is_workday(self, directory: Directory, on: date) -> bool:
        """Say whether the day is a workday, everyone's entries filled in."""
        if self.workday is not None:
            return self.workday
        said = directory.said_workday(EVERYONE, on)
        if said is not None:
            return said
        return directory.hours(EVERYONE, on) is not None if self.week is None else bool(self.week >> on.weekday() & 1)

    def is_closed(self, directory: Directory, on: date) -> bool:
        """Say whether the day is closed, everyone's closings filled in."""
        return self.closed or directory.closed(EVERYONE, on)


@cache
def status(code: int) -> Status:
    """Return the status that a number stands for."""
    week = code % 256
    return Status(None if week == 128 else week, _CALENDAR[code // 256 % 4], code >= 1024)


def status_of(directory: Directory, unit: str, on: date) -> Status:
    """Return what decides a unit's day."""
    schedule, week = directory.own_schedule(unit, on), None
    if schedule is not None:
        week = sum(1 << day for day, hours in enumerate(schedule.hours) if hours is not None)
    return Status(week, directory.own_workday(unit, on), directory.own_closed(unit, on))


class Descent(NamedTuple):
    """Days, both included, on which a unit stands below *ancestor*, itself left out, in one status (its number)."""

    ancestor: str
    first: date
    last: date
    status: int


def descents(directory: Directory, unit: str) -> list[Descent]:
    """Return under whom a unit stands on which days of `EVER`, in order; of one ancestor and status no two meet."""
    cuts = sorted(day for day in _breakpoints(directory, unit) if EVER.first < day <= EVER.last)
    runs: dict[tuple[str, int], list[tuple[date, date]]] = defaultdict(list)
    for first, following in pairwise((EVER.first, *cuts, EVER.last + ONE_DAY)):
        code = status_of(directory, unit, first).code
        for ancestor in directory.walk(unit, first)[1:]:
            _extend(runs[ancestor, code], first, following - ONE_DAY)
    return _sorted((key, span) for key, spans in runs.items() for span in spans)


def _extend(spans: list[tuple[date, date]], first: date, last: date) -> None:
    if spans and spans[-1][1] + ONE_DAY == first:
        first = spans.pop()[0]
    spans.append((first, last))


def _breakpoints(directory: Directory, unit: str) -> set[date]:
    """Return every day on which walk or status may differ from the day before."""
    days = set()
    for place in directory.tree.ever_above(unit):
        days |= {day for kind in ("unit", "schedule") for day, _ in directory.timeline(kind, place)}
        single = {day for kind in ("calendar", "closing") for day in directory.dates(kind, place)}
        days |= single | {day + ONE_DAY for day in single}
    return days


def gone(before: Iterable[Descent], after: Iterable[Descent]) -> list[Descent]:
    """Return the days of *before* that *after* has not: nothing when both say the same."""
    kept: dict[tuple[str, int], list[Descent]] = defaultdict(list)
    for row in after:
        kept[row.ancestor, row.status].append(row)
    return _sorted(
        ((row.ancestor, row.status), span) for row in before for span in _without(row, kept[row.ancestor, row.status])
    )


def _without(row: Descent, others: Iterable[Descent]) -> Iterator[tuple[date, date]]:
    first = row.first
    for other in sorted(others):
        if other.last < first or other.first > row.last:
            continue
        if first < other.first:
            yield first, other.first - ONE_DAY
        first = other.last + ONE_DAY
    if first <= row.last:
        yield first, row.last


def _sorted(spans: Iterable[tuple[tuple[str, int], tuple[date, date]]]) -> list[Descent]:
    return sorted(Descent(ancestor, first, last, code) for (ancestor, code), (first, last) in spans)
