"""Attendance as it reaches us: punches by badge, exported days by NIP, leave, clocks that went wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.local.demo.days import TOLERANCE_MINUTES, hours_on
from services.local.demo.dice import Dice
from services.local.demo.directory_events import PERSONNEL, Story, acting_head
from services.local.demo.leave import TRAINING_DAYS, Leave, leaves
from services.local.demo.mornings import ABSENT, IN_TIME, Morning, mornings
from services.local.demo.people import staff
from services.local.demo.places import Place
from services.local.demo.shape import Drops
from services.local.demo.wire import DAY_S, HOUR_S, Sent, event, moment, second, void

PUNCHED, RECORDED, LEAVE = "attendance.punched.v1", "attendance.day_recorded.v1", "attendance.leave_granted.v1"
_OFFLINE_ONE_IN = 120
"""A terminal loses its line on one day in so many and sends everything in the evening."""
_WRONG_CLOCK_ONE_IN = 500
_SLOW_DEPARTURE_ONE_IN = 150


@dataclass(frozen=True, slots=True)
class Presence:
    """When somebody was there on a day, in seconds since its midnight."""

    morning: Morning
    arrived: int
    left: int


def attendance(story: Story, place: Place, day: date, planted: Drops) -> Iterator[Sent]:
    """Tell one unit's day."""
    dice = Dice(story.seed, "presence", place.code, day)
    offline = dice.below(_OFFLINE_ONE_IN) == 0
    for morning in mornings(story.seed, place.code, day, planted):
        presence = _presence(dice, morning)
        if place.days_only:
            yield _exported(presence)
        elif morning.state != ABSENT:
            told = list(_punches(dice, place, presence))
            yield from _in_the_evening(told, day) if offline else told


def leave_papers(story: Story, quarter: date) -> Iterator[Sent]:
    """Tell the leaves that begin in a quarter."""
    for at, leave in _granted(story, quarter):
        yield at, _leave(leave, at)


def stand_ins(story: Story, quarter: date) -> Iterator[Sent]:
    """Tell who stands in for the heads who are away at length from this quarter on."""
    for at, leave in _granted(story, quarter):
        if leave.person.head and (leave.last - leave.first).days + 1 == TRAINING_DAYS:
            yield at, acting_head(story.seed, leave, at)


def _granted(story: Story, quarter: date) -> Iterator[tuple[int, Leave]]:
    """Return the leaves that begin in a quarter, unless over before the story begins, and when their paper is sent."""
    earliest = second(max(story.first, quarter), 1)
    for person in staff(story.seed):
        for leave in leaves(story.seed, person, quarter):
            if leave.last >= story.first:
                yield max(earliest, second(leave.granted, 10 * HOUR_S)), leave


def _presence(dice: Dice, morning: Morning) -> Presence:
    start, end = hours_on(morning.day)
    if morning.state == IN_TIME:
        minute = min(start + TOLERANCE_MINUTES, start - morning.person.early + dice.between(-6, 8))
    else:
        minute = start + TOLERANCE_MINUTES + 1 + dice.below(dice.pick((8, 20, 45)))
    return Presence(morning, minute * 60 + dice.below(60), (end + dice.below(28)) * 60 + dice.below(60))


def _punches(dice: Dice, place: Place, presence: Presence) -> Iterator[Sent]:
    morning = presence.morning
    if morning.state == IN_TIME and dice.below(_WRONG_CLOCK_ONE_IN) == 0:
        yield from _wrong_clock(dice, place, presence)
    else:
        yield _punch(place, morning, "in", presence.arrived)
    at, departure = _punch(place, morning, "out", presence.left)
    slow = dice.between(1, 3) * DAY_S if dice.below(_SLOW_DEPARTURE_ONE_IN) == 0 else 0
    yield at + slow, departure


def _wrong_clock(dice: Dice, place: Place, presence: Presence) -> Iterator[Sent]:
    """Tell an arrival stamped too late, its void two days later, and the right one under the employee's own id."""
    morning = presence.morning
    subject = f"employee:{morning.person.id}"
    wrong = _punch(place, morning, "in", presence.arrived + dice.between(35, 70) * 60)
    corrected = second(morning.day + timedelta(days=2), 9 * HOUR_S)
    _, right = _punch(place, morning, "in", presence.arrived)
    yield wrong
    yield void(wrong[1], subject, corrected, "Jam mesin absensi terlalu cepat.")
    again = {"id": f"{right['id']}-koreksi", "subject": subject, "time": moment(corrected)}
    yield corrected, right | again


def _punch(place: Place, morning: Morning, direction: str, of_day: int) -> Sent:
    person, at = morning.person, second(morning.day, of_day)
    data = {"at": moment(at), "direction": direction}
    name = f"{person.id}-{morning.day:%Y%m%d}-{direction}"
    return at, event(place.punches, name, PUNCHED, f"badge:{person.badge}", at, data)


def _exported(presence: Presence) -> Sent:
    """Return the day as the e-presensi application exports it at night."""
    morning = presence.morning
    person, at = morning.person, second(morning.day, 19 * HOUR_S + presence.arrived % 600)
    data = {"date": f"{morning.day}", "status": "absent"}
    if morning.state != ABSENT:
        data |= {"status": "present", "first_in": _clock(presence.arrived), "last_out": _clock(presence.left)}
    name = f"{person.id}-{morning.day:%Y%m%d}"
    return at, event("e-presensi", name, RECORDED, f"nip:{person.nip}", at, data)


def _clock(of_day: int) -> str:
    return f"{of_day // HOUR_S:02}:{of_day // 60 % 60:02}"


def _in_the_evening(told: list[Sent], day: date) -> list[Sent]:
    evening = second(day, 20 * HOUR_S)
    return [(max(at, evening), sent) for at, sent in told]


def _leave(leave: Leave, at: int) -> dict[str, Any]:
    data = {"from": f"{leave.first}", "to": f"{leave.last}", "kind": leave.kind}
    name = f"cuti-{leave.person.id}-{leave.first}-{leave.kind}"
    return event(PERSONNEL, name, LEAVE, f"nip:{leave.person.nip}", at, data)
