"""Scenes: a few events that belong together, for edges that single events hardly ever meet."""

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any

from tests.support.event_builders import SCORES
from tests.support.histories.choices import Choices, maybe
from tests.support.histories.contents import Content, unit_version
from tests.support.histories.world import MIDNIGHT, NOON, OFFSETS, SHIFTS, SMALL_STEPS, ZONES, World, a_day, written

Scene = Callable[[Choices, World], list[Content]]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NIGHTS = tuple(shift for shift in SHIFTS if shift[6:] <= shift[:5])
DAYS = tuple(shift for shift in SHIFTS if shift[6:] > shift[:5])
EARLY = ("03:59-12:00", "04:00-12:00", "04:01-12:00")
DAY = timedelta(days=1)
FOUR = timedelta(hours=4)


def morning_after(choices: Choices, world: World) -> list[Content]:
    """A night shift, the day after it with or without hours, and punches where the two days part."""
    day, person, unit = a_day(choices, world, 0), choices.one(world.people), choices.one(world.units)
    night, own = choices.one(NIGHTS), choices.one((None, choices.one(SHIFTS)))
    weekdays = {WEEKDAYS[(day - DAY).weekday()]: night} | ({WEEKDAYS[day.weekday()]: own} if own else {})
    parting = NOON if own is None else (clock(night[6:]) + clock(own[:5])) / 2
    return [
        schedule(unit, day - DAY, weekdays),
        assignment(person, unit, day - DAY),
        *(Content("day.closed.v1", "unit:*", {"date": on.isoformat()}) for on in (day - DAY, day)),
        *(punch_at(choices, person, day, parting) for _ in range(choices.between(1, 2))),
    ]


def late_work(choices: Choices, world: World) -> list[Content]:
    """Hours that end before midnight, the day after with or without hours, and punches about 04:00 of that day."""
    day, person, unit = a_day(choices, world, 0), choices.one(world.people), choices.one(world.units)
    worked, own = choices.one(DAYS), choices.one((None, choices.one((*EARLY, *SHIFTS))))
    weekdays = {WEEKDAYS[(day - DAY).weekday()]: worked} | ({WEEKDAYS[day.weekday()]: own} if own else {})
    return [
        schedule(unit, day - DAY, weekdays),
        assignment(person, unit, day - DAY),
        *(Content("day.closed.v1", "unit:*", {"date": on.isoformat()}) for on in (day - DAY, day)),
        *(punch_at(choices, person, day, FOUR) for _ in range(choices.between(1, 3))),
    ]


def recorded_morning(choices: Choices, world: World) -> list[Content]:
    """A shift about noon or over midnight, and a day recorded with an arrival about noon."""
    day, person, unit = a_day(choices, world, 0), choices.one(world.people), choices.one(world.units)
    shift = choices.one(("12:00-00:00", "11:59-03:00", "12:00-20:00", "22:00-06:00", "12:01-12:00"))
    first_in = choices.one(("12:00", "11:59", "12:01", "00:00", "22:05"))
    arrival = {"date": day.isoformat(), "status": "present", "first_in": first_in}
    return [
        schedule(unit, day, {WEEKDAYS[day.weekday()]: shift}),
        assignment(person, unit, day),
        Content("attendance.day_recorded.v1", f"employee:{person}", arrival),
    ]


def new_zone(choices: Choices, world: World) -> list[Content]:
    """A unit whose zone changes on a day, and what it and its people do about that midnight."""
    day, person, unit = a_day(choices, world, 0), choices.one(world.people), choices.one(world.units)
    moved = unit_version(choices, world).data | {"timezone": choices.one(ZONES), "effective_from": day.isoformat()}
    answered = about(choices, day, MIDNIGHT, OFFSETS[0])
    scores: dict[str, Any] = dict.fromkeys(SCORES, choices.between(1, 4))
    data = {"answer": "a-1", "answered_at": answered, "scores": scores, **maybe(choices, "employee", person)}
    return [
        Content("unit.registered.v1", f"unit:{unit}", moved),
        assignment(person, unit, day - DAY),
        Content("survey.answered.v1", f"unit:{unit}", data),
        punch_at(choices, person, day, MIDNIGHT),
    ]


def two_calendars(choices: Choices, world: World) -> list[Content]:
    """A day set for everyone and otherwise for a unit, which is closed."""
    day, unit = a_day(choices, world, 0), choices.one(world.units)
    kinds = choices.one((("workday", "holiday"), ("holiday", "workday")))
    entries = zip(("*", unit), kinds, strict=True)
    closing = Content("day.closed.v1", f"unit:{unit}", {"date": day.isoformat()})
    return [
        *(
            Content("calendar.day_set.v1", f"unit:{of}", {"date": day.isoformat(), "kind": kind})
            for of, kind in entries
        ),
        closing,
    ]


SCENES: tuple[Scene, ...] = (morning_after, late_work, recorded_morning, new_zone, two_calendars)


def schedule(unit: str, since: date, weekdays: dict[str, str]) -> Content:
    """A schedule of a unit with hours on the given weekdays only."""
    hours = {name: {"start": shift[:5], "end": shift[6:]} for name, shift in weekdays.items()}
    return Content("schedule.set.v1", f"unit:{unit}", {"effective_from": since.isoformat(), "weekdays": hours})


def assignment(person: str, unit: str, since: date) -> Content:
    """An open definitive assignment."""
    data = {"unit": unit, "position": "Pelaksana", "basis": "definitive", "effective_from": since.isoformat()}
    return Content("assignment.started.v1", f"employee:{person}", data)


def punch_at(choices: Choices, person: str, day: date, wall: timedelta) -> Content:
    """A punch on or beside a wall time, in any of the zones."""
    data = {
        "at": about(choices, day, wall, choices.one((OFFSETS[0], *OFFSETS))),
        "direction": choices.one(("in", "out", "unknown")),
    }
    return Content("attendance.punched.v1", f"employee:{person}", data)


def about(choices: Choices, day: date, wall: timedelta, offset: timezone) -> str:
    """A moment on or beside a wall time."""
    moment = (
        datetime(day.year, day.month, day.day, tzinfo=offset)
        + wall
        + choices.one((timedelta(0), choices.one(SMALL_STEPS)))
    )
    return written(choices, moment)


def clock(text: str) -> timedelta:
    """A wall time `HH:MM` since 00:00."""
    return timedelta(hours=int(text[:2]), minutes=int(text[3:]))
