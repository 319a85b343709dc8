"""The slow half of the history: units, people, assignments, hours and holidays, as the personnel system sends them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.local.demo import days
from services.local.demo.leave import Leave
from services.local.demo.people import Person, by_unit, moves_between, staff, unit_on
from services.local.demo.places import PLACES, Place
from services.local.demo.wire import HOUR_S, Sent, event, second

PERSONNEL = "simpeg"
CLOSER = "kinerja-demo"
_NOTICE_DAYS = 5
"""New hours are announced so long before they hold."""
_NEXT_YEAR_KNOWN = (10, 1)
"""Month and day on which the holidays of the next year are decreed."""


@dataclass(frozen=True, slots=True)
class Story:
    """One installation's history: the dice, the day it begins, and the day on which the demonstration first started."""

    seed: int
    first: date
    anchor: date

    @classmethod
    def up_to(cls, today: date, seed: int) -> "Story":
        """Return thirteen months up to *today*."""
        return cls(seed, days.thirteen_months_before(today), today)


def opening(story: Story) -> Iterator[Sent]:
    """Tell what must be known before anything can happen: units, then people, then who serves where and when."""
    at = second(story.first, 0)
    for place in PLACES:
        yield at, _unit(place, story.first, at)
    for person in staff(story.seed):
        yield at, _registration(person, story.first, at)
    for person in staff(story.seed):
        yield at, _assignment(story.seed, person, story.first, at)
    yield at, _schedule(story.first, at)
    for ahead in days.span(story.first + timedelta(days=1), story.first + timedelta(days=_NOTICE_DAYS - 1)):
        if _hours_change(ahead):
            yield at, _schedule(ahead, at)
    yield from _holidays(story.first.year, at)
    if (story.first.month, story.first.day) > _NEXT_YEAR_KNOWN:
        yield from _holidays(story.first.year + 1, at)


def changes(story: Story, day: date) -> Iterator[Sent]:
    """Tell what the personnel system sends on *day* after the opening: transfers, new hours, next year's holidays."""
    at = second(day, 10 * HOUR_S)
    moved = day - timedelta(days=2)
    if moved in moves_between(story.first, moved)[1:]:
        person = next(person for person in staff(story.seed) if person.moves)
        yield at, _assignment(story.seed, person, moved, at)
    ahead = day + timedelta(days=_NOTICE_DAYS)
    if _hours_change(ahead):
        yield at, _schedule(ahead, at)
    if (day.month, day.day) == _NEXT_YEAR_KNOWN:
        yield from _holidays(day.year + 1, at)


def _hours_change(day: date) -> bool:
    return days.in_ramadan(day) != days.in_ramadan(day - timedelta(days=1))


def closing(day: date) -> Sent:
    """Tell that *day* is complete for everyone, at three in the morning of the next."""
    at = second(day, 27 * HOUR_S)
    return at, event(CLOSER, f"tutup-{day}", "day.closed.v1", "unit:*", at, {"date": f"{day}"})


def acting_head(seed: int, leave: Leave, at: int) -> dict[str, Any]:
    """Return the assignment of the secretary who stands in for a head on a long leave."""
    secretary = by_unit(seed)[leave.person.home][1]
    data = {
        "unit": leave.person.home,
        "position": f"Plh {leave.person.position}",
        "head": True,
        "basis": "plh",
        "effective_from": f"{leave.first}",
        "effective_to": f"{leave.last}",
    }
    return event(PERSONNEL, f"plh-{secretary.id}-{leave.first}", *_about(secretary, "assignment.started.v1"), at, data)


def _about(person: Person, event_type: str) -> tuple[str, str]:
    return event_type, f"employee:{person.id}"


def _unit(place: Place, first: date, at: int) -> dict[str, Any]:
    data = {"name": place.name, "kind": place.kind, "effective_from": f"{first}"}
    if place.parent:
        data["parent"] = place.parent
    return event(PERSONNEL, f"unit-{place.code}", "unit.registered.v1", f"unit:{place.code}", at, data)


def _registration(person: Person, first: date, at: int) -> dict[str, Any]:
    aliases = [{"scheme": "nip", "value": person.nip}, {"scheme": "badge", "value": person.badge}]
    data = {"name": person.name, "aliases": aliases, "effective_from": f"{first}"}
    return event(PERSONNEL, f"pegawai-{person.id}", *_about(person, "employee.registered.v1"), at, data)


def _assignment(seed: int, person: Person, day: date, at: int) -> dict[str, Any]:
    unit = unit_on(person, day)
    data: dict[str, Any] = {
        "unit": unit,
        "position": person.position,
        "basis": "definitive",
        "effective_from": f"{day}",
    }
    if person.head:
        data["head"] = True
    supervisor = by_unit(seed)[unit][0].id if person.moves else person.supervisor
    if supervisor:
        data["supervisor"] = supervisor
    return event(PERSONNEL, f"sk-{person.id}-{day}", *_about(person, "assignment.started.v1"), at, data)


def _schedule(day: date, at: int) -> dict[str, Any]:
    fasting = days.in_ramadan(day)
    weekdays = {}
    for weekday, name in enumerate(("mon", "tue", "wed", "thu", "fri")):
        start, end = days.hours(weekday, fasting=fasting)
        weekdays[name] = {"start": _clock(start), "end": _clock(end)}
    data = {"effective_from": f"{day}", "weekdays": weekdays, "tolerance_minutes": days.TOLERANCE_MINUTES}
    return event(PERSONNEL, f"jam-kerja-{day}", "schedule.set.v1", "unit:*", at, data)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _holidays(year: int, at: int) -> Iterator[Sent]:
    for day, note in days.holidays_of(year).items():
        data = {"date": f"{day}", "kind": "holiday", "note": note}
        yield at, event(PERSONNEL, f"libur-{day}", "calendar.day_set.v1", "unit:*", at, data)
