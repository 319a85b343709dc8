"""Working hours: what a schedule says for each weekday."""

from dataclasses import dataclass

from services.scoring.domain.facts import HoursText, ScheduleSet, minutes_of

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Hours:
    """A working day's start and end in wall-clock minutes, and the minutes of grace."""

    start: int
    end: int
    tolerance: int

    @property
    def over_midnight(self) -> bool:
        """Whether the end lies on the next day."""
        return self.end <= self.start


_OFFICE = tuple(Hours(450, 990 if weekday == 4 else 960, 0) if weekday < 5 else None for weekday in range(7))
"""With no schedule in force: Mon-Thu 07:30-16:00, Fri 07:30-16:30 (37.5 h a week, Perpres 21/2023)."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The hours of each weekday, Monday first; None is a day off."""

    hours: tuple[Hours | None, ...]


DEFAULT_SCHEDULE = Schedule(_OFFICE)


def schedule_of(fact: ScheduleSet) -> Schedule:
    """Convert a schedule event into hours per weekday."""

    def hours(text: HoursText | None) -> Hours | None:
        if text is None:
            return None
        return Hours(minutes_of(text.start), minutes_of(text.end), fact.tolerance_minutes)

    return Schedule(tuple(hours(getattr(fact.weekdays, weekday)) for weekday in WEEKDAYS))
