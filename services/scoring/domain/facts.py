"""
What the types of events say that change a figure, as far as the fold needs it: all the fold knows of a type is here.

Minutes are whole minutes since 00:00.
"""

from datetime import date
from sys import intern
from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from services.scoring.domain.days import natural_day
from services.scoring.domain.fact import Day, EventRef, Fact, Keys, Moment, RegisterFact, Word

WallTime = Annotated[str, Meta(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$")]
Score = Annotated[int, Meta(ge=1, le=4)]

HEAD = "head"
"""The key of assignments that make somebody head of their unit."""


class UnitRegistered(RegisterFact, frozen=True):
    TYPE = "unit.registered.v1"
    REGISTER = "unit"

    name: str
    kind: str
    effective_from: date
    parent: Word | None = None
    timezone: Literal["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"] = "Asia/Jakarta"

    @property
    def since(self) -> Day:
        return self.effective_from

    def interned(self) -> Self:
        parent = None if self.parent is None else intern(self.parent)
        return replace(self, kind=intern(self.kind), parent=parent, timezone=intern(self.timezone))


class EmployeeRegistered(Fact, frozen=True):
    TYPE = "employee.registered.v1"

    effective_from: date

    def dates(self) -> tuple[Day | None, ...]:
        return (self.effective_from,)


class AssignmentStarted(Fact, frozen=True):
    TYPE = "assignment.started.v1"

    unit: Word
    basis: Literal["definitive", "plt", "plh", "delegate"]
    effective_from: date
    effective_to: date | None = None
    head: bool = False
    supervisor: Word | None = None
    position: str = ""

    def keys(self) -> Keys:
        return Keys(named=self.unit, key=HEAD if self.head else None, supervisor=self.supervisor)

    def dates(self) -> tuple[Day | None, ...]:
        return self.effective_from, self.effective_to


class HoursText(msgspec.Struct, frozen=True, gc=False):
    start: WallTime
    end: WallTime


class Weekdays(msgspec.Struct, frozen=True, gc=False):
    mon: HoursText | None = None
    tue: HoursText | None = None
    wed: HoursText | None = None
    thu: HoursText | None = None
    fri: HoursText | None = None
    sat: HoursText | None = None
    sun: HoursText | None = None


class ScheduleSet(RegisterFact, frozen=True):
    TYPE = "schedule.set.v1"
    REGISTER = "schedule"

    effective_from: date
    weekdays: Weekdays
    tolerance_minutes: Annotated[int, Meta(ge=0, le=1440)] = 0

    @property
    def since(self) -> Day:
        return self.effective_from


class CalendarDaySet(RegisterFact, frozen=True):
    TYPE = "calendar.day_set.v1"
    REGISTER = "calendar"

    date: date
    kind: Literal["workday", "holiday"]

    @property
    def since(self) -> Day:
        return self.date


class DayClosed(RegisterFact, frozen=True):
    TYPE = "day.closed.v1"
    REGISTER = "closing"

    date: date

    @property
    def since(self) -> Day:
        return self.date


class Punched(Fact, frozen=True):
    TYPE = "attendance.punched.v1"

    at: Moment
    direction: Literal["in", "out", "unknown"]

    def keys(self) -> Keys:
        return Keys(natural_day(self.at))


class DayRecorded(Fact, frozen=True):
    TYPE = "attendance.day_recorded.v1"

    date: date
    status: Literal["present", "absent"]
    first_in: WallTime | None = None

    def keys(self) -> Keys:
        return Keys(self.date)


class LeaveGranted(Fact, frozen=True):
    TYPE = "attendance.leave_granted.v1"

    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")

    def keys(self) -> Keys:
        return Keys(self.first, self.last)


class ServiceCompleted(Fact, frozen=True):
    TYPE = "service.completed.v1"

    started_at: Moment
    completed_at: Moment
    sla_minutes: Annotated[int, Meta(ge=0, le=5_256_000)]
    employee: Word | None = None

    def keys(self) -> Keys:
        return Keys(natural_day(self.completed_at), named=self.employee)


class SurveyAnswered(Fact, frozen=True):
    TYPE = "survey.answered.v1"

    answered_at: Moment
    scores: Annotated[dict[str, Score], Meta(min_length=9, max_length=9)]
    employee: Word | None = None

    def keys(self) -> Keys:
        return Keys(natural_day(self.answered_at), named=self.employee)


class ComplaintReceived(Fact, frozen=True):
    TYPE = "complaint.received.v1"

    complaint: Word
    due_at: Moment

    def keys(self) -> Keys:
        return Keys(natural_day(self.due_at), key=self.complaint)


class ComplaintResolved(Fact, frozen=True):
    TYPE = "complaint.resolved.v1"

    complaint: Word
    resolved_at: Moment

    def keys(self) -> Keys:
        return Keys(natural_day(self.resolved_at), key=self.complaint)


class SourceReported(Fact, frozen=True):
    TYPE = "source.reported.v1"

    up_to: Moment

    def dates(self) -> tuple[Day | None, ...]:
        return (natural_day(self.up_to),)


class Voided(Fact, frozen=True):
    TYPE = "event.voided.v1"

    voided: EventRef


def minutes_of(wall_time: str) -> int:
    """Convert `HH:MM` to minutes since 00:00: "07:35" -> 455."""
    return int(wall_time[:2]) * 60 + int(wall_time[3:5])
