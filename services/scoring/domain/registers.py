"""Registers: of versions that begin on the same day the greatest stamp stands, and each holds until the next begins."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from services.scoring.domain.facts import CalendarDaySet, DayClosed, Event, Fact, ScheduleSet, UnitRegistered

_ONE_DAY = timedelta(days=1)

TYPES = {
    "unit": "unit.registered.v1",
    "schedule": "schedule.set.v1",
    "calendar": "calendar.day_set.v1",
    "closing": "day.closed.v1",
}
"""What each register is made of; all about units."""
KINDS = {event_type: kind for kind, event_type in TYPES.items()}
"""The register that a type of event belongs to."""


class Entry(NamedTuple):
    """One event of a register: from when it holds, what decides between rivals, and what it says."""

    effective_from: date
    stamp: tuple[datetime, str, str]
    value: Fact


def latest(timeline: list[tuple[date, Fact]], on: date) -> Fact | None:
    """Return the value of the greatest effective date <= *on*; timelines are short, newest last."""
    for effective_from, value in reversed(timeline):
        if effective_from <= on:
            return value
    return None


def while_unchanged(timeline: list[tuple[date, Fact]], on: date, first: date, last: date) -> tuple[date, date]:
    """Narrow *first*..*last*, which hold *on*, to days on which the same version of the timeline is in force."""
    for effective_from, _ in timeline:
        if effective_from <= on:
            first = max(first, effective_from)
        else:
            return first, min(last, effective_from - _ONE_DAY)
    return first, last


def place_of(event: Event) -> tuple[str, date, Fact] | None:
    """Return kind, effective date and value of an event that a register keeps; None for any other."""
    fact = event.fact
    if isinstance(fact, UnitRegistered):
        return "unit", fact.effective_from, fact
    if isinstance(fact, ScheduleSet):
        return "schedule", fact.effective_from, fact
    if isinstance(fact, CalendarDaySet):
        return "calendar", fact.date, fact
    if isinstance(fact, DayClosed):
        return "closing", fact.date, fact
    return None
