"""The slow half of the log: who, where and when. Folded whole by every service."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from schemas.fields import (
    DAY_SCHEMA,
    WHOLE,
    BadgeNumber,
    Code,
    Day,
    EmployeeRef,
    LocalTime,
    Name,
    Nip,
    Record,
    Text,
    Zone,
)


class UnitRegistered(Record):
    """A unit exists, under this name, parent and zone, from a date on. Register of (unit, effective_from)."""

    name: Name
    kind: Name
    parent: Code | None = None
    timezone: Zone = "Asia/Jakarta"
    effective_from: Day


class NipAlias(Record):
    """The national employee number as an alias."""

    scheme: Literal["nip"]
    value: Nip


class BadgeAlias(Record):
    """A user number on an attendance device as an alias, `<device>/<user>`."""

    scheme: Literal["badge"]
    value: BadgeNumber


Alias = Annotated[NipAlias | BadgeAlias, Field(discriminator="scheme")]


class EmployeeRegistered(Record):
    """
    An employee is known, with name and aliases as sent by the personnel system.

    Register of (employee, effective_from). Names and aliases stay in ingest's directory.
    """

    name: Name
    aliases: Annotated[list[Alias], Field(max_length=64)] = Field(default_factory=list)
    effective_from: Day


class EmployeeKnown(Record):
    """`employee.registered.v1` as it stands on the log: without personal data."""

    effective_from: Day


FOREVER = "9999-12-31"


def _open_when_forever(value: Any) -> Any:
    """Read the last date that personnel systems write for an open end as what it means."""
    return None if value == FOREVER else value


LastDay = Annotated[
    Day | None,
    BeforeValidator(_open_when_forever),
    WithJsonSchema({"anyOf": [DAY_SCHEMA, {"const": FOREVER}, {"type": "null"}]}),
]
"""The last day of something, or open: left out, null or `9999-12-31`."""


class AssignmentStarted(Record):
    """
    An employee serves a unit in a position from a date on, until `effective_to` inclusive or open (also `9999-12-31`).

    Only `definitive` gives membership; `plt`, `plh` and `delegate` give sight and duties. `head`: leads the unit.
    """

    unit: Code
    position: Name
    head: bool = False
    supervisor: EmployeeRef | None = None
    basis: Literal["definitive", "plt", "plh", "delegate"]
    effective_from: Day
    effective_to: LastDay = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "AssignmentStarted":
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise ValueError("effective_to must not be before effective_from")
        return self


class WorkingHours(Record):
    """Start and end of a working day as wall-clock times; `end` <= `start` runs over midnight."""

    start: LocalTime
    end: LocalTime


class Weekdays(Record):
    """The hours of each weekday; one left out is a day off."""

    mon: WorkingHours | None = None
    tue: WorkingHours | None = None
    wed: WorkingHours | None = None
    thu: WorkingHours | None = None
    fri: WorkingHours | None = None
    sat: WorkingHours | None = None
    sun: WorkingHours | None = None


class ScheduleSet(Record):
    """Working hours of a unit (or everyone) from a date on. Register of (subject, effective_from)."""

    effective_from: Day
    weekdays: Weekdays
    tolerance_minutes: Annotated[int, Field(ge=0, le=1440), WHOLE] = 0


class CalendarDaySet(Record):
    """A date is a workday or a holiday for a unit (or everyone). Register of (subject, date)."""

    date: Day
    kind: Literal["workday", "holiday"]
    note: Text | None = None


class DayClosed(Record):
    """The date's attendance is complete for a unit and all below it (or everyone)."""

    date: Day
