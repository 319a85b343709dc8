"""The fast half of the log: attendance, services, answers, complaints, and sources reporting in."""

from typing import Literal

from pydantic import Field, model_validator

from schemas.fields import Code, Day, EmployeeRef, LocalTime, Minutes, Moment, Name, Number, Record, Score


class AttendancePunched(Record):
    """A terminal saw the employee at a moment. `unknown` counts as an arrival."""

    at: Moment
    direction: Literal["in", "out", "unknown"]
    device: Name | None = None


class AttendanceDayRecorded(Record):
    """A whole day as exported by a system without single punches. Times are wall-clock times of the unit."""

    date: Day
    status: Literal["present", "absent"]
    first_in: LocalTime | None = None
    last_out: LocalTime | None = None


LONGEST_LEAVE_DAYS = 3_660
"""Ten years; longer is a typing error."""


class AttendanceLeaveGranted(Record):
    """The employee is excused from `from` to `to`, both days included; at most ten years."""

    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    kind: Literal["annual", "sick", "maternity", "duty", "other"]

    @model_validator(mode="after")
    def _spans_days(self) -> "AttendanceLeaveGranted":
        if self.last < self.first:
            raise ValueError("to must not be before from")
        if (self.last - self.first).days > LONGEST_LEAVE_DAYS:
            raise ValueError(f"a leave spans at most {LONGEST_LEAVE_DAYS} days; check from and to")
        return self


class ServiceCompleted(Record):
    """A service to the public was finished; in time if it took at most `sla_minutes`, exactly."""

    case: Number
    service: Code
    employee: EmployeeRef | None = None
    started_at: Moment
    completed_at: Moment
    sla_minutes: Minutes

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "ServiceCompleted":
        if self.completed_at < self.started_at:
            raise ValueError("completed_at must not be before started_at")
        return self


class SkmScores(Record):
    """The nine unsur of the public satisfaction survey (SKM), each 1..4; all nine are needed."""

    requirements: Score
    procedure: Score
    time: Score
    cost: Score
    product: Score
    competence: Score
    conduct: Score
    facilities: Score
    complaints: Score


class SurveyAnswered(Record):
    """A citizen answered the satisfaction survey of a unit."""

    answer: Number
    service: Code | None = None
    employee: EmployeeRef | None = None
    answered_at: Moment
    scores: SkmScores


class ComplaintReceived(Record):
    """A complaint came in and must be resolved by `due_at`. Register of (unit, complaint)."""

    complaint: Number
    category: Name
    received_at: Moment
    due_at: Moment


class ComplaintResolved(Record):
    """The complaint was resolved. Register of (unit, complaint)."""

    complaint: Number
    resolved_at: Moment


class SourceReported(Record):
    """A source's heartbeat: everything up to this moment has been sent."""

    up_to: Moment
