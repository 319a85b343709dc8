"""Services, survey answers and complaints of a unit: what each adds to which day."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from services.scoring.domain.day_rules import DayRules
from services.scoring.domain.events import Event
from services.scoring.domain.facts import ComplaintReceived, ComplaintResolved, ServiceCompleted, SurveyAnswered
from services.scoring.projections.attendance.rows import wall_time
from services.scoring.projections.services.columns import CONTRIBUTED, CREDITED
from services.scoring.projections.unit_day.columns import Counters


class Contribution(NamedTuple):
    """
    What one fact adds to one day of a unit, and of the person it names.

    *figures* in the order of `CONTRIBUTED`: see `contributing`.
    """

    day: date
    employee: str | None
    figures: tuple[int, ...]

    @property
    def counters(self) -> Counters:
        """What the fact adds to its unit's day."""
        return Counters(**dict(zip(CONTRIBUTED, self.figures, strict=True)))

    @property
    def credited(self) -> tuple[int, ...]:
        """What the fact adds to the person's own day, in the order of `CREDITED`."""
        return self.figures[: len(CREDITED)]


def contributing(day: date, employee: str | None = None, **figures: int) -> Contribution:
    """Return a contribution by the names of its counters; the others are nothing."""
    return Contribution(day, employee, _figures(tuple(figures.items())))


@lru_cache(1024)
def _figures(named: tuple[tuple[str, int], ...]) -> tuple[int, ...]:
    """Few figures differ: they are ones, noughts and sums of scores."""
    figures = dict(named)
    return tuple(figures.get(name, 0) for name in CONTRIBUTED)


def moment_of(fact: object) -> datetime | None:
    """Return the moment by which a service fact is dated, None for other facts."""
    if isinstance(fact, ServiceCompleted):
        return fact.completed_at
    if isinstance(fact, SurveyAnswered):
        return fact.answered_at
    return None


def contribution(fact: ServiceCompleted | SurveyAnswered, unit: str, directory: DayRules) -> Contribution:
    """Return what a service or an answer adds. A service is in time if it took at most `sla_minutes`, exactly."""
    if isinstance(fact, ServiceCompleted):
        in_time = fact.completed_at - fact.started_at <= timedelta(minutes=fact.sla_minutes)
        day = wall_time(fact.completed_at, unit, directory).date()
        return contributing(day, fact.employee, service_n=1, service_total=int(in_time))
    day = wall_time(fact.answered_at, unit, directory).date()
    return contributing(day, fact.employee, survey_n=1, survey_total=sum(fact.scores.values()))


def complaint_contribution(events: Iterable[Event], unit: str, directory: DayRules) -> Contribution | None:
    """
    Return what one complaint adds, given all its live events; None while it was not received.

    Resolved by `due_at`: on the day of `resolved_at`, 1 of 1. Else on the day of `due_at`: 0 of 1 when a late
    resolution is known, otherwise overdue.
    """
    received: Event | None = None
    resolved: Event | None = None
    for event in events:
        if isinstance(event.fact, ComplaintReceived) and (received is None or event.stamp > received.stamp):
            received = event
        elif isinstance(event.fact, ComplaintResolved) and (resolved is None or event.stamp > resolved.stamp):
            resolved = event
    if received is None:
        return None
    assert isinstance(received.fact, ComplaintReceived)
    due_at = received.fact.due_at
    if resolved is None:
        return contributing(wall_time(due_at, unit, directory).date(), overdue=1)
    assert isinstance(resolved.fact, ComplaintResolved)
    in_time = resolved.fact.resolved_at <= due_at
    day = wall_time(resolved.fact.resolved_at if in_time else due_at, unit, directory).date()
    return contributing(day, complaint_n=1, complaint_total=int(in_time))


def contributions(events: Iterable[Event], unit: str, directory: DayRules) -> Iterable[Contribution]:
    """Yield what all live facts of a unit add, given whole complaints; facts of other types are passed over."""
    complaints: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if isinstance(event.fact, (ServiceCompleted, SurveyAnswered)):
            yield contribution(event.fact, unit, directory)
        elif isinstance(event.fact, (ComplaintReceived, ComplaintResolved)):
            complaints[event.fact.complaint].append(event)
    for listed in complaints.values():
        counted = complaint_contribution(listed, unit, directory)
        if counted is not None:
            yield counted
