"""
From counters to measures: where workday, closing and the tree are applied.

Projections and journal both end here, so that a figure is the same whichever it was read from.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple, TypeVar

from services.scoring.domain.day_rules import DayRules
from services.scoring.domain.days import ONE_DAY, days_between
from services.scoring.domain.directory import Directory
from services.scoring.domain.measures import OF_PERSON, OF_UNIT, Measures, measures_of, summed
from services.scoring.projections.attendance.rows import PersonDay
from services.scoring.projections.membership.rows import MembershipSpan
from services.scoring.projections.subtrees.rows import status
from services.scoring.projections.unit_day.columns import Counters

UnitDays = Mapping[tuple[str, date], Counters]
"""Counters of units' own people and services."""

StatusDays = Mapping[tuple[int, date], Counters]
"""Counters of everybody below a unit, by the number of their status."""

DayMeasures = dict[date, Measures]

K = TypeVar("K")
_NOTHING = Counters()
_HEADS = (_NOTHING, Counters(1))
"""Of who is expected on a day or not, and did nothing."""


class Counted(NamedTuple):
    """What is counted on one day by somebody for whom it is a workday, or not, and closed, or not."""

    day: date
    workday: bool
    closed: bool
    counters: Counters


@dataclass(frozen=True, slots=True)
class Figures:
    """What a unit or a person came to from *first* to *last*: *parts* in any order, measured as *names*."""

    first: date
    last: date
    names: tuple[str, ...]
    parts: Sequence[Counted]

    def in_all(self) -> Measures:
        """Return the measures of the whole span."""
        return measured(self.parts, self.names)

    def by_day(self) -> DayMeasures:
        """Return one entry for every day."""
        days: dict[date, list[Measures]] = {day: [] for day in days_between(self.first, self.last)}
        for day, workday, closed, counters in self.parts:
            days[day].append(measures_of(counters, workday=workday, closed=closed))
        return {day: summed(measured, self.names) for day, measured in days.items()}


def measured(parts: Iterable[Counted], names: tuple[str, ...]) -> Measures:
    """Return the measures of these parts together; counters of like days are added up first."""
    alike: dict[tuple[bool, bool], list[Counters]] = defaultdict(list)
    for part in parts:
        alike[part.workday, part.closed].append(part.counters)
    sums = {which: Counters.sum(listed) for which, listed in alike.items()}
    return summed((measures_of(sums[w, c], workday=w, closed=c) for w, c in sums), names)


def figures_of_unit(directory: Directory, first: date, last: date, own: UnitDays, below: StatusDays) -> Figures:
    """Return the figures of a unit, given its own days and the sums of everybody below it."""
    parts = [own_counted(directory, unit, day, counters) for (unit, day), counters in own.items()]
    parts += [
        Counted(day, status(code).is_workday(directory, day), status(code).is_closed(directory, day), counters)
        for (code, day), counters in below.items()
    ]
    return Figures(first, last, OF_UNIT, parts)


def figures_of_tree(directory: Directory, code: str, first: date, last: date, own: UnitDays) -> Figures:
    """Return the figures of a unit by the own days of all units whose walk has it, as on each day."""
    on: dict[date, list[tuple[str, Counters]]] = defaultdict(list)
    for (unit, day), counters in own.items():
        on[day].append((unit, counters))
    parts = [
        own_counted(directory, unit, day, counters)
        for start, end, units in directory.tree.pieces(code, first, last)
        for day in days_between(start, end)
        for unit, counters in on.get(day, ())
        if unit in units
    ]
    return Figures(first, last, OF_UNIT, parts)


def own_counted(directory: Directory, unit: str, day: date, counters: Counters) -> Counted:
    """Return the part of a unit's own people and services on a day."""
    return Counted(day, *directory.day(unit, day), counters)


def own_measures(directory: Directory, unit: str, day: date, own: UnitDays) -> Measures:
    """Return the measures of a unit's own people and services on a day, which is not remembered."""
    workday, closed = directory.workday(unit, day), directory.closed(unit, day)
    return measures_of(own.get((unit, day), _NOTHING), workday=workday, closed=closed)


def with_heads(own: dict[tuple[K, date], Counters], heads: Iterable[tuple[K, date, int]]) -> None:
    """Put head counts into the days of units, or of statuses; days without heads and facts stay absent."""
    for key, day, count in heads:
        if count:
            own[key, day] = own[key, day].with_heads(count) if (key, day) in own else Counters(count)


def running_heads(changes: Iterable[tuple[K, date, int]], last: date) -> Iterator[tuple[K, date, int]]:
    """Turn head-count changes, of each unit or status in the order of days, into heads of every day up to *last*."""
    listed: dict[K, list[tuple[date, int]]] = defaultdict(list)
    for key, day, change in changes:
        listed[key].append((day, change))
    for key, steps in listed.items():
        heads = 0
        for (day, change), following in zip(steps, [*(day for day, _ in steps[1:]), last + ONE_DAY], strict=True):
            heads += change
            yield from ((key, each, heads) for each in days_between(day, following - ONE_DAY))


def heads_on(
    changes: Iterable[tuple[str, date, int]], wanted: Iterable[tuple[str, date]]
) -> Iterator[tuple[str, date, int]]:
    """Turn head-count changes, in the order of unit and day, into heads of the unit-days *wanted* alone."""
    listed: dict[str, list[tuple[date, int]]] = defaultdict(list)
    for unit, day, change in changes:
        listed[unit].append((day, change))
    for unit, asked in groupby(sorted(wanted), key=lambda unit_day: unit_day[0]):
        steps, reached, heads = listed[unit], 0, 0
        for _, day in asked:
            while reached < len(steps) and steps[reached][0] <= day:
                heads += steps[reached][1]
                reached += 1
            yield unit, day, heads


def figures_of_person(
    rules: DayRules,
    first: date,
    last: date,
    spans: Sequence[MembershipSpan],
    attendance: Mapping[date, PersonDay],
    services: Mapping[date, Counters],
) -> Figures:
    """Return a person's figures, given where they are expected and what they did."""
    parts = []
    for day in days_between(first, last):
        unit = next((span.unit for span in spans if span.first <= day <= span.last), None)
        counters = services[day].with_heads(int(unit is not None)) if day in services else _HEADS[unit is not None]
        present = attendance.get(day)
        if present is not None:
            counters = counters + present.counters
        workday, closed = (False, False) if unit is None else rules.day(unit, day)
        parts.append(Counted(day, workday, closed, counters))
    return Figures(first, last, OF_PERSON, parts)
