"""What each type of event says in a random history: subject and data, valid by the contract."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.support.event_builders import SCORES
from tests.support.histories.choices import Choices, maybe
from tests.support.histories.world import (
    SHIFTS,
    TOLERANCES,
    UNREGISTERED,
    ZONES,
    World,
    a_day,
    a_moment,
    a_start,
    a_wall_time,
    written,
)


@dataclass(frozen=True, slots=True)
class Content:
    """An event without its envelope's identity and time."""

    type: str
    subject: str
    data: dict[str, Any]


Builder = Callable[[Choices, World], Content]


def a_unit(choices: Choices, world: World) -> str:
    """Any unit as a subject."""
    return f"unit:{choices.one(world.units)}"


def a_person(choices: Choices, world: World) -> str:
    """Any person as a subject."""
    return f"employee:{choices.one(world.people)}"


def unit_or_all(choices: Choices, world: World) -> str:
    """Everyone as often as any unit."""
    return choices.one(("unit:*", a_unit(choices, world)))


def unit_version(choices: Choices, world: World) -> Content:
    """A version of a unit under any other, itself, or one that nobody registered."""
    data = {"name": "Unit", "kind": "seksi", "effective_from": a_start(choices, world).isoformat()}
    data |= maybe(choices, "parent", *world.units, UNREGISTERED) | maybe(choices, "timezone", *ZONES)
    return Content("unit.registered.v1", a_unit(choices, world), data)


def person_again(choices: Choices, world: World) -> Content:
    """A person registered once more, which limits nothing."""
    data = {"effective_from": a_start(choices, world).isoformat()}
    return Content("employee.registered.v1", a_person(choices, world), data)


def assignment(choices: Choices, world: World) -> Content:
    """An assignment, often back-dated, often limited, mostly definitive."""
    start = a_start(choices, world)
    until = (a_day(choices, world) if start < world.first else start) + timedelta(days=choices.between(0, 5))
    data = {
        "unit": choices.one(world.units),
        "position": "Pelaksana",
        "basis": choices.one(("definitive", "definitive", "definitive", "plt", "plh", "delegate")),
        "effective_from": start.isoformat(),
        **maybe(choices, "effective_to", until.isoformat()),
        **maybe(choices, "head", False, True),
        **maybe(choices, "supervisor", *world.people),
    }
    return Content("assignment.started.v1", a_person(choices, world), data)


def schedule(choices: Choices, world: World) -> Content:
    """A schedule: the same shift on most days, or another each day, with days off."""
    usual = choices.one(SHIFTS)
    weekdays = {}
    for name in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"):
        start, end = choices.one((usual, usual, choices.one(SHIFTS))).split("-")
        if choices.between(0, 4):
            weekdays[name] = {"start": start, "end": end}
    data = {"effective_from": a_start(choices, world).isoformat(), "weekdays": weekdays}
    data |= maybe(choices, "tolerance_minutes", *TOLERANCES)
    return Content("schedule.set.v1", unit_or_all(choices, world), data)


def calendar(choices: Choices, world: World) -> Content:
    """A day made a workday or a holiday."""
    data = {"date": a_day(choices, world).isoformat(), "kind": choices.one(("workday", "holiday"))}
    return Content("calendar.day_set.v1", unit_or_all(choices, world), data)


def closing(choices: Choices, world: World) -> Content:
    """A day closed for a unit or for everyone."""
    return Content("day.closed.v1", unit_or_all(choices, world), {"date": a_day(choices, world).isoformat()})


def punch(choices: Choices, world: World) -> Content:
    """A punch near an edge."""
    data = {
        "at": written(choices, a_moment(choices, world)),
        "direction": choices.one(("in", "in", "out", "unknown")),
        **maybe(choices, "device", "gate-1"),
    }
    return Content("attendance.punched.v1", a_person(choices, world), data)


def recorded_day(choices: Choices, world: World) -> Content:
    """A day from a system without moments, with times even where it says absent."""
    data = {
        "date": a_day(choices, world).isoformat(),
        "status": choices.one(("present", "present", "absent")),
        **maybe(choices, "first_in", a_wall_time(choices)),
        **maybe(choices, "last_out", a_wall_time(choices)),
    }
    return Content("attendance.day_recorded.v1", a_person(choices, world), data)


def leave(choices: Choices, world: World) -> Content:
    """A leave of one to three days."""
    start = a_day(choices, world)
    data = {
        "from": start.isoformat(),
        "to": (start + timedelta(days=choices.between(0, 2))).isoformat(),
        "kind": choices.one(("annual", "sick", "maternity", "duty", "other")),
    }
    return Content("attendance.leave_granted.v1", a_person(choices, world), data)


def service(choices: Choices, world: World) -> Content:
    """A service that took about as long as promised, perhaps by someone of another unit."""
    completed, promised = a_moment(choices, world), choices.one((10, 30, 1440))
    taken = timedelta(minutes=promised) + choices.one(
        (timedelta(0), timedelta(microseconds=1), timedelta(microseconds=-1), timedelta(minutes=-9), timedelta(days=1))
    )
    data = {
        "case": choices.one(("c-1", "c-2")),
        "service": "ktp",
        "started_at": written(choices, completed - taken),
        "completed_at": written(choices, completed),
        "sla_minutes": promised,
        **maybe(choices, "employee", *world.people),
    }
    return Content("service.completed.v1", a_unit(choices, world), data)


def answer(choices: Choices, world: World) -> Content:
    """A survey answer."""
    level = choices.between(1, 3)
    data = {
        "answer": choices.one(("a-1", "a-2")),
        "answered_at": written(choices, a_moment(choices, world)),
        "scores": {name: level + choices.between(0, 1) for name in SCORES},
        **maybe(choices, "service", "ktp"),
        **maybe(choices, "employee", *world.people),
    }
    return Content("survey.answered.v1", a_unit(choices, world), data)


def complaint(choices: Choices, world: World) -> Content:
    """One of few complaints, so that they meet."""
    due = a_moment(choices, world)
    data = {
        "complaint": choices.one(("k-1", "k-2", "k-3")),
        "category": "layanan",
        "received_at": written(choices, due - timedelta(days=choices.between(0, 5))),
        "due_at": written(choices, due),
    }
    return Content("complaint.received.v1", a_unit(choices, world), data)


def resolution(choices: Choices, world: World) -> Content:
    """The end of one of few complaints, received or not."""
    data = {
        "complaint": choices.one(("k-1", "k-2", "k-3")),
        "resolved_at": written(choices, a_moment(choices, world)),
    }
    return Content("complaint.resolved.v1", a_unit(choices, world), data)


def heartbeat(choices: Choices, world: World) -> Content:
    """A source that says how far it is complete."""
    name = choices.one(("terminal-7", "loket"))
    return Content("source.reported.v1", f"source:{name}", {"up_to": written(choices, a_moment(choices, world))})


def target(choices: Choices, world: World) -> Content:
    """A target, which changes no measure."""
    data = {
        "indicator": "i-1",
        "name": "Berkas selesai",
        "period": choices.one(("2026-03", "2026-Q1", "2026")),
        "target": choices.between(1, 100),
        "direction": "higher",
        "class": "utama",
    }
    return Content("result.targeted.v1", choices.one((a_person, a_unit))(choices, world), data)


def result(choices: Choices, world: World) -> Content:
    """A result, which changes no measure."""
    data = {"indicator": "i-1", "period": "2026-03", "realised": choices.between(0, 100)}
    data |= {"as_at": written(choices, a_moment(choices, world))}
    return Content("result.reported.v1", choices.one((a_person, a_unit))(choices, world), data)


def rating(choices: Choices, world: World) -> Content:
    """A rating in the open, which changes no measure; sealed ones never reach the log."""
    data = {"rater": choices.one(world.people), "relation": choices.one(("supervisor", "self")), "period": "2026-Q1"}
    data |= {"result": choices.one(("meets", "below", "above"))}
    return Content("rating.given.v1", a_person(choices, world), data)


def action(choices: Choices, world: World) -> Content:
    """An action, which changes no measure."""
    data = {"action": "t-1", "kind": "coaching", "owner": choices.one(world.people)}
    return Content("action.recorded.v1", choices.one((a_person, a_unit))(choices, world), data)


DIRECTORY: tuple[Builder, ...] = (
    *(closing, closing, closing),
    *(assignment, assignment),
    *(schedule, unit_version, calendar, leave),
)
FACTS: tuple[Builder, ...] = (
    *(punch, punch, punch, punch, punch, punch, punch, punch),
    *(service, service, service),
    *(recorded_day, recorded_day, answer, answer),
    *(complaint, complaint, resolution),
)
RARE: tuple[Builder, ...] = (heartbeat, person_again, target, result, rating, action)

KEYS = {
    "unit.registered.v1": ("effective_from",),
    "schedule.set.v1": ("effective_from",),
    "calendar.day_set.v1": ("date",),
    "complaint.received.v1": ("complaint",),
    "complaint.resolved.v1": ("complaint",),
}


def any_builder(choices: Choices, world: World) -> Builder:
    """A kind of event, the rare ones rarely."""
    common = (*FACTS * world.bustle, *DIRECTORY)
    return choices.one(RARE) if choices.between(0, 9) == 9 else choices.one(common)
