"""A person's day from punches and recorded days: presence, first time, punctuality, lateness."""

from datetime import date, datetime, time, timedelta

from tests.support.oracle.counts import NOTHING, Count
from tests.support.oracle.directory import Directory, Hours
from tests.support.oracle.log import Event, by_subject, day_in, field, instant, of_type

DAY = timedelta(days=1)
DAY_MINUTES = 24 * 60
NOON = time(12, 0)
FOUR = time(4, 0)


class Attendance:
    """The attendance of everyone, by person and day."""

    def __init__(self, counting: list[Event], directory: Directory) -> None:
        self.directory = directory
        self.punches: dict[tuple[str, date], list[tuple[str, int]]] = {}
        self.recorded: dict[tuple[str, date], list[Event]] = {}
        for employee, punches in by_subject(of_type(counting, "attendance.punched.v1")).items():
            for punch in punches:
                day, minute = self.place(employee, punch)
                self.punches.setdefault((employee, day), []).append((field(punch, "direction"), minute))
        for employee, recordings in by_subject(of_type(counting, "attendance.day_recorded.v1")).items():
            for recording in recordings:
                if field(recording, "status") == "present":
                    self.recorded.setdefault((employee, day_in(recording, "date")), []).append(recording)

    def measures(self, employee: str, day: date) -> dict[str, Count]:
        """The three attendance measures of one person on one day."""
        unit = self.directory.unit_of(employee, day)
        presence = punctuality = late = NOTHING
        if unit is not None and self.directory.expected(employee, day):
            if self.directory.closed(unit, day):
                presence = (1, int(self.present(employee, day)))
            hours, first = self.directory.hours(unit, day), self.first_time(employee, day)
            if hours is not None and first is not None:
                over = first - (minutes(hours.start) + hours.tolerance)
                punctuality, late = (1, int(over <= 0)), (1, max(over, 0))
        return {
            "attendance.presence": presence,
            "attendance.punctuality": punctuality,
            "attendance.late_minutes": late,
        }

    def present(self, employee: str, day: date) -> bool:
        """Any punch of the day, or a day recorded present."""
        return (employee, day) in self.punches or (employee, day) in self.recorded

    def first_time(self, employee: str, day: date) -> int | None:
        """The least arrival of the day in minutes since its 00:00; the next morning counts 24:00 more."""
        hours = self.hours(employee, day)
        arrivals = [minute for direction, minute in self.punches.get((employee, day), []) if direction != "out"]
        for recording in self.recorded.get((employee, day), []):
            first_in = field(recording, "first_in")
            if first_in is not None:
                arrivals.append(recorded_minute(time.fromisoformat(first_in), hours))
        return min(arrivals, default=None)

    def hours(self, employee: str, day: date) -> Hours | None:
        """The hours of the unit the person belongs to on *day*."""
        return self.directory.hours(self.directory.unit_of(employee, day), day)

    def place(self, employee: str, punch: Event) -> tuple[date, int]:
        """The day a punch belongs to, and its minute counted from that day's 00:00."""
        wall = self.directory.wall_time_of(employee, instant(punch["data"]["at"]))
        day, minute = wall.date(), minutes(wall.time())
        direction = field(punch, "direction")
        if self.ends_the_night(employee, wall, direction) or self.ends_late_work(employee, wall, direction):
            return day - DAY, minute + DAY_MINUTES
        return day, minute

    def ends_the_night(self, employee: str, wall: datetime, direction: str) -> bool:
        """Whether a punch belongs to a night shift that began the day before its date."""
        night = self.hours(employee, wall.date() - DAY)
        own = self.hours(employee, wall.date())
        if night is None or not night.over_midnight:
            return False
        if own is None:
            return wall.time() < NOON
        to_end, to_start = distance(wall.time(), night.end), distance(wall.time(), own.start)
        if to_end == to_start:
            return direction != "in"
        return to_end < to_start

    def ends_late_work(self, employee: str, wall: datetime, direction: str) -> bool:
        """Whether somebody goes home after midnight from hours that should have ended before it."""
        worked, today = self.hours(employee, wall.date() - DAY), self.hours(employee, wall.date())
        if direction != "out" or wall.time() >= FOUR or worked is None or worked.over_midnight:
            return False
        return not (today is not None and today.start < FOUR)


def recorded_minute(first_in: time, hours: Hours | None) -> int:
    """The minute of a recorded arrival; a morning counts for the night before it where hours begin after noon."""
    next_morning = hours is not None and hours.over_midnight and hours.start >= NOON and first_in < NOON
    return minutes(first_in) + (DAY_MINUTES if next_morning else 0)


def minutes(wall: time) -> int:
    """Whole minutes since 00:00, seconds cut off."""
    return wall.hour * 60 + wall.minute


def since_midnight(wall: time) -> timedelta:
    """The exact wall time, seconds and microseconds included."""
    return timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)


def distance(one: time, other: time) -> timedelta:
    """How far two plain wall times lie apart within a day, exactly."""
    return abs(since_midnight(one) - since_midnight(other))
