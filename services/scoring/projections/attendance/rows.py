"""
From punches and recordings to a person's days.

Source of every rule: architecture.md section 5. Worked: hours 22:00-06:00, an `in` at 01:10 is 25:10 of the day before.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.scoring.domain.changes import Span
from services.scoring.domain.day_rules import DayRules
from services.scoring.domain.days import JAKARTA, ONE_DAY, in_jakarta
from services.scoring.domain.fact import Fact
from services.scoring.domain.facts import DayRecorded, LeaveGranted, Punched, minutes_of
from services.scoring.domain.hours import Hours
from services.scoring.projections.attendance.columns import ATTENDANCE
from services.scoring.projections.membership.rows import Membership
from services.scoring.projections.unit_day.columns import Counters


class PersonDay(NamedTuple):
    """
    A day on which an expected person was present, at the unit they belonged to.

    *timed*, *on_time*: 0 or 1. *late_minutes*: whole minutes after start and tolerance.
    """

    unit: str
    timed: int
    on_time: int
    late_minutes: int

    @property
    def counters(self) -> Counters:
        """What the day adds to its unit's."""
        return Counters(present=1, **dict(zip(ATTENDANCE, self[1:], strict=True)))


DAY_MINUTES = 24 * 60
NOON_MINUTES = 12 * 60
FOUR = 4
"""O'clock; before it an `out` ends work that ran late, unless something else has begun."""
_MINUTE_US = 60_000_000


class Sign(NamedTuple):
    """A sign of presence on a day; *minute* is the arrival in minutes since 00:00 of that day, if it is one."""

    day: date
    minute: int | None


def wall_time(moment: datetime, unit: str | None, directory: DayRules) -> datetime:
    """Return the moment's wall time in the unit's zone as on its date in Asia/Jakarta."""
    there = in_jakarta(moment)
    return _in_zone(there, directory.zone(unit, there.date()))


def _in_zone(there: datetime, zone: ZoneInfo) -> datetime:
    return there if zone is JAKARTA else there.astimezone(zone)


def sign_of_punch(punch: Punched, membership: Membership, directory: DayRules) -> Sign:
    """Say to which day a punch belongs, and when on that day somebody arrived by it (an `out` is no arrival)."""
    there = in_jakarta(punch.at)
    natural = there.date()
    local = _in_zone(there, directory.zone(membership.unit(natural), natural))
    day, minute = local.date(), local.hour * 60 + local.minute
    if _ends_the_day_before(punch.direction, local, day, membership, directory):
        day, minute = day - ONE_DAY, minute + DAY_MINUTES
    return Sign(day, None if punch.direction == "out" else minute)


def _ends_the_day_before(
    direction: str, local: datetime, day: date, membership: Membership, directory: DayRules
) -> bool:
    yesterday = day - ONE_DAY
    worked = directory.hours(membership.unit(yesterday), yesterday)
    if worked is None or not (worked.over_midnight or (direction == "out" and local.hour < FOUR)):
        return False
    own = directory.hours(membership.unit(day), day)
    if worked.over_midnight:
        return _ends_the_night(direction, _microseconds(local), worked, own)
    return own is None or own.start >= FOUR * 60


def _ends_the_night(direction: str, at: int, night: Hours, own: Hours | None) -> bool:
    """Say whether a punch is nearer to the end of the night than to the start of the next hours, if there are any."""
    if own is None:
        return at < NOON_MINUTES * _MINUTE_US
    to_end, to_start = abs(at - night.end * _MINUTE_US), abs(at - own.start * _MINUTE_US)
    return to_end < to_start or (to_end == to_start and direction != "in")


def _microseconds(local: datetime) -> int:
    """Return the exact wall time since 00:00."""
    seconds = (local.hour * 60 + local.minute) * 60 + local.second
    return seconds * 1_000_000 + local.microsecond


def sign_of_recording(recorded: DayRecorded, hours: Hours | None) -> Sign | None:
    """Convert a recorded day into a sign; a recorded absence gives none. *hours* are the person's on that day."""
    if recorded.status != "present":
        return None
    if recorded.first_in is None:
        return Sign(recorded.date, None)
    minute = minutes_of(recorded.first_in)
    next_morning = hours is not None and hours.over_midnight and hours.start >= NOON_MINUTES and minute < NOON_MINUTES
    return Sign(recorded.date, minute + DAY_MINUTES if next_morning else minute)


def person_days(
    facts: Iterable[Punched | DayRecorded],
    membership: Membership,
    leaves: Sequence[Span],
    directory: DayRules,
    windows: Sequence[Span],
) -> dict[date, PersonDay]:
    """
    Return the person's days with presence inside the windows, where they belong to a unit and are not on leave.

    *windows* are in order and apart. *facts* must hold every live punch and recording whose natural day is at most two
    days outside a window.
    """
    firsts = [window.first for window in windows]
    arrivals: dict[date, list[int]] = {}
    for fact in facts:
        sign = sign_of(fact, membership, directory)
        if sign is None:
            continue
        place = bisect_right(firsts, sign.day) - 1
        if place >= 0 and windows[place].has(sign.day):
            minutes = arrivals.setdefault(sign.day, [])
            if sign.minute is not None:
                minutes.append(sign.minute)
    days = {}
    for day, minutes in arrivals.items():
        unit = membership.unit(day)
        if unit is not None and not any(leave.has(day) for leave in leaves):
            days[day] = person_day(unit, directory.hours(unit, day), minutes)
    return days


def sign_of(fact: Punched | DayRecorded, membership: Membership, directory: DayRules) -> Sign | None:
    """Convert a punch or a recording into a sign of presence; a recorded absence gives none."""
    if type(fact) is Punched:
        return sign_of_punch(fact, membership, directory)
    assert isinstance(fact, DayRecorded)
    return sign_of_recording(fact, directory.hours(membership.unit(fact.date), fact.date))


def person_day(unit: str, hours: Hours | None, arrivals: Sequence[int]) -> PersonDay:
    """
    Measure one present day. The first time is the least arrival; without hours or arrival nothing is timed.

    Example: start 07:30, tolerance 5, arrivals [461, 480] (07:41) -> timed 1, on_time 0, late_minutes 6.
    """
    if hours is None or not arrivals:
        return PersonDay(unit, 0, 0, 0)
    late = min(arrivals) - hours.start - hours.tolerance
    return PersonDay(unit, 1, int(late <= 0), max(late, 0))


def touched_days(fact: object, membership: Membership, directory: DayRules) -> Span | None:
    """Return the days that adding or voiding an attendance fact can change; None if it is no such fact."""
    if isinstance(fact, Punched):
        day = sign_of_punch(fact, membership, directory).day
        return Span(day, day)
    if isinstance(fact, DayRecorded):
        return Span(fact.date, fact.date)
    return None


SEARCH = timedelta(days=2)
"""How far a punch's natural day may lie from the day it belongs to."""


def leaves_in(facts: Iterable[Fact | None]) -> list[Span]:
    """Return the leaves among a person's facts."""
    return [Span(fact.first, fact.last) for fact in facts if type(fact) is LeaveGranted]


def signs_in(facts: Iterable[Fact | None]) -> list[Punched | DayRecorded]:
    """Return the punches and recorded days among a person's facts."""
    return [fact for fact in facts if type(fact) is Punched or type(fact) is DayRecorded]
