"""Services, survey answers and complaints of a unit: what each adds to which day."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from services.scoring.domain.attendance import wall_time
from services.scoring.domain.directory import Directory
from services.scoring.domain.facts import ComplaintReceived, ComplaintResolved, Event, ServiceCompleted, SurveyAnswered


class Contribution(NamedTuple):
    """
    What one fact adds to one day of a unit, and of the person it names.

    *service*, *survey*, *complaint*: (n, total). *overdue*: 1 for a complaint still unresolved, which counts as late
    once its day is closed.
    """

    day: date
    employee: str | None = None
    service: tuple[int, int] = (0, 0)
    survey: tuple[int, int] = (0, 0)
    complaint: tuple[int, int] = (0, 0)
    overdue: int = 0


def moment_of(fact: object) -> datetime | None:
    """Return the moment by which a service fact is dated, None for other facts."""
    if isinstance(fact, ServiceCompleted):
        return fact.completed_at
    if isinstance(fact, SurveyAnswered):
        return fact.answered_at
    return None


def contribution(fact: ServiceCompleted | SurveyAnswered, unit: str, directory: Directory) -> Contribution:
    """Return what a service or an answer adds. A service is in time if it took at most `sla_minutes`, exactly."""
    if isinstance(fact, ServiceCompleted):
        in_time = fact.completed_at - fact.started_at <= timedelta(minutes=fact.sla_minutes)
        day = wall_time(fact.completed_at, unit, directory).date()
        return Contribution(day, fact.employee, service=(1, int(in_time)))
    day = wall_time(fact.answered_at, unit, directory).date()
    return Contribution(day, fact.employee, survey=(1, sum(fact.scores.values())))


def complaint_contribution(events: Iterable[Event], unit: str, directory: Directory) -> Contribution | None:
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
        return Contribution(wall_time(due_at, unit, directory).date(), overdue=1)
    assert isinstance(resolved.fact, ComplaintResolved)
    in_time = resolved.fact.resolved_at <= due_at
    day = wall_time(resolved.fact.resolved_at if in_time else due_at, unit, directory).date()
    return Contribution(day, complaint=(1, int(in_time)))
