"""
From counters to the measures of a day: where workday, closing and the tree are applied.

Projections and journal both end here, so that a figure is the same whichever it was read from.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

from services.scoring.domain.counters import Counters, PersonDay
from services.scoring.domain.days import ONE_DAY, days_between
from services.scoring.domain.directory import Directory
from services.scoring.domain.measures import OF_PERSON, OF_UNIT, Measures, measures_of, summed
from services.scoring.domain.membership import MembershipSpan

UnitDays = Mapping[tuple[str, date], Counters]
"""Counters of units' own people and services."""

DayMeasures = dict[date, Measures]


def unit_measures(directory: Directory, code: str, first: date, last: date, own: UnitDays) -> DayMeasures:
    """Sum the units whose walk has *code*, as on each day; one entry for every day."""
    result: DayMeasures = {}
    for start, end, units in directory.trees(code, first, last):
        for day in days_between(start, end):
            parts = (own_measures(directory, unit, day, own) for unit in units if (unit, day) in own)
            result[day] = summed(parts, OF_UNIT)
    return result


def own_measures(directory: Directory, unit: str, day: date, own: UnitDays) -> Measures:
    """Return the measures of a unit's own people and services on a day."""
    counters = own.get((unit, day), Counters())
    return measures_of(counters, workday=directory.workday(unit, day), closed=directory.closed(unit, day))


def with_heads(own: dict[tuple[str, date], Counters], heads: Iterable[tuple[str, date, int]]) -> None:
    """Put head counts into unit-days; days without heads and facts stay absent."""
    for unit, day, count in heads:
        if count:
            own[unit, day] = replace(own.get((unit, day), Counters()), heads=count)


def running_heads(changes: Iterable[tuple[str, date, int]], last: date) -> Iterator[tuple[str, date, int]]:
    """Turn head-count changes, in the order of unit and day, into heads of every day up to *last*."""
    listed: dict[str, list[tuple[date, int]]] = defaultdict(list)
    for unit, day, change in changes:
        listed[unit].append((day, change))
    for unit, steps in listed.items():
        heads = 0
        for (day, change), following in zip(steps, [*(day for day, _ in steps[1:]), last + ONE_DAY], strict=True):
            heads += change
            yield from ((unit, each, heads) for each in days_between(day, following - ONE_DAY))


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


def person_measures(
    directory: Directory,
    first: date,
    last: date,
    spans: Sequence[MembershipSpan],
    attendance: Mapping[date, PersonDay],
    services: Mapping[date, Counters],
) -> DayMeasures:
    """Return a person's measures of every day, given where they are expected and what they did."""
    result: DayMeasures = {}
    for day in days_between(first, last):
        unit = next((span.unit for span in spans if span.first <= day <= span.last), None)
        counters = replace(services.get(day, Counters()), heads=int(unit is not None))
        present = attendance.get(day)
        if present is not None:
            counters = counters + present.counters
        workday = unit is not None and directory.workday(unit, day)
        closed = unit is not None and directory.closed(unit, day)
        result[day] = summed([measures_of(counters, workday=workday, closed=closed)], OF_PERSON)
    return result
