"""Who, where and when: the state of units, schedules, calendar, membership, leave and closings on a day."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from tests.support.oracle.log import Event, bare, by_subject, day_in, field, greatest, of_type, rank

JAKARTA = "Asia/Jakarta"
EVERYONE = "*"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Hours:
    """One day's hours as plain wall times, and the tolerance after the start in minutes."""

    start: time
    end: time
    tolerance: int

    @property
    def over_midnight(self) -> bool:
        """Whether the end is on the next day."""
        return self.end <= self.start


LONG_DAY = Hours(time(7, 30), time(16, 0), 0)
FRIDAY = Hours(time(7, 30), time(16, 30), 0)
WITHOUT_SCHEDULE = (LONG_DAY, LONG_DAY, LONG_DAY, LONG_DAY, FRIDAY, None, None)


class Directory:
    """Answers every question about a unit or a person that needs a day."""

    def __init__(self, counting: list[Event]) -> None:
        self.units = versions(of_type(counting, "unit.registered.v1"))
        self.schedules = versions(of_type(counting, "schedule.set.v1"))
        self.calendar = greatest(
            of_type(counting, "calendar.day_set.v1"), key=lambda event: (bare(event["subject"]), day_in(event, "date"))
        )
        self.assignments = by_subject(of_type(counting, "assignment.started.v1"))
        self.leaves = by_subject(of_type(counting, "attendance.leave_granted.v1"))
        self.closings = {
            (bare(event["subject"]), day_in(event, "date")) for event in of_type(counting, "day.closed.v1")
        }

    def unit(self, code: str, day: date) -> Event | None:
        """The registration in force on *day*, the first one before it began; None if never registered."""
        known = self.units.get(code)
        if known is None:
            return None
        begun = [start for start in known if start <= day]
        return known[max(begun)] if begun else known[min(known)]

    def walk(self, code: str, day: date) -> list[str]:
        """The unit, its parent on *day*, and so on, until one is not registered or was there before."""
        walk: list[str] = []
        here: str | None = code
        while here is not None and here not in walk:
            version = self.unit(here, day)
            if version is None:
                break
            walk.append(here)
            here = field(version, "parent")
        return walk

    def schedule(self, code: str, day: date) -> Event | None:
        """The nearest schedule in force on *day*."""
        for near in [*self.walk(code, day), EVERYONE]:
            begun = {start: event for start, event in self.schedules.get(near, {}).items() if start <= day}
            if begun:
                return begun[max(begun)]
        return None

    def hours(self, code: str | None, day: date) -> Hours | None:
        """The hours of a unit on *day*, workday or not; None on a day off and for no unit."""
        if code is None:
            return None
        schedule = self.schedule(code, day)
        if schedule is None:
            return WITHOUT_SCHEDULE[day.weekday()]
        times = schedule["data"]["weekdays"].get(WEEKDAYS[day.weekday()])
        if times is None:
            return None
        start, end = time.fromisoformat(times["start"]), time.fromisoformat(times["end"])
        return Hours(start, end, field(schedule, "tolerance_minutes", 0))

    def workday(self, code: str, day: date) -> bool:
        """What the nearest calendar entry says; without one, whether there are hours."""
        for near in [*self.walk(code, day), EVERYONE]:
            if (near, day) in self.calendar:
                return bool(field(self.calendar[near, day], "kind") == "workday")
        return self.hours(code, day) is not None

    def closed(self, code: str, day: date) -> bool:
        """Whether the day was closed for the unit, for one above it, or for everyone."""
        return any((near, day) in self.closings for near in [*self.walk(code, day), EVERYONE])

    def unit_of(self, employee: str, day: date) -> str | None:
        """The unit the person belongs to on *day*."""
        holding = [event for event in self.assignments.get(employee, []) if holds(event, day)]
        if not holding:
            return None
        chosen = max(holding, key=lambda event: (day_in(event, "effective_from"), rank(event)))
        return str(field(chosen, "unit"))

    def expected(self, employee: str, day: date) -> bool:
        """Whether the person should have worked on *day*."""
        unit = self.unit_of(employee, day)
        on_leave = any(day_in(leave, "from") <= day <= day_in(leave, "to") for leave in self.leaves.get(employee, []))
        return unit is not None and self.workday(unit, day) and not on_leave

    def wall_time_at(self, code: str | None, moment: datetime) -> datetime:
        """The moment in the unit's zone as on its Jakarta date; its date is the day it belongs to."""
        version = self.unit(code, jakarta_date(moment)) if code is not None else None
        zone = field(version, "timezone", JAKARTA) if version is not None else JAKARTA
        return moment.astimezone(ZoneInfo(zone))

    def wall_time_of(self, employee: str, moment: datetime) -> datetime:
        """The moment in the zone of the unit the person belongs to on its Jakarta date."""
        return self.wall_time_at(self.unit_of(employee, jakarta_date(moment)), moment)


def versions(events: list[Event]) -> dict[str, dict[date, Event]]:
    """Of each subject, the greatest event for each `effective_from`."""
    found: dict[str, dict[date, Event]] = {}
    for (subject, start), event in greatest(events, key=lambda e: (e["subject"], day_in(e, "effective_from"))).items():
        found.setdefault(bare(subject), {})[start] = event
    return found


def holds(assignment: Event, day: date) -> bool:
    """Whether a definitive assignment covers *day*."""
    until = field(assignment, "effective_to")
    return (
        field(assignment, "basis") == "definitive"
        and day_in(assignment, "effective_from") <= day
        and (until is None or day <= date.fromisoformat(until))
    )


def jakarta_date(moment: datetime) -> date:
    """The date of a moment in Asia/Jakarta."""
    return moment.astimezone(ZoneInfo(JAKARTA)).date()
