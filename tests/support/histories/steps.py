"""Steps of a history: an event with what becomes of it, and the numbering that makes each identity its own."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tests.support.histories.choices import Choices
from tests.support.histories.contents import KEYS, Builder, Content, any_builder, complaint
from tests.support.histories.scenes import SCENES
from tests.support.histories.world import World, written
from tests.support.oracle import Event
from tests.support.oracle.log import REGISTRATIONS, instant

PREFIXES = ("a", "B", "_", "-", "9.")
TIMES = tuple(datetime.fromisoformat("2026-03-01T08:00:00+07:00") + timedelta(seconds=step) for step in range(4))

FATES_OF_REGISTRATIONS = ("kept", "kept", "restated")
FATES = (
    *("kept", "kept", "kept", "kept", "kept", "kept"),
    *("voided", "voided", "misvoided", "corrected", "corrected", "restated", "contested"),
)
EMPLOYEE_TYPES = ("attendance.punched.v1", "attendance.day_recorded.v1", "attendance.leave_granted.v1")
UNIT_TYPES = ("schedule.set.v1", "calendar.day_set.v1", "day.closed.v1")


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before its number; *about* is the place within the step of the event it voids or contests."""

    content: Content
    time: str
    source: int
    prefix: str
    verb: str | None = None
    about: int = 0
    wrong: tuple[tuple[str, str], ...] = ()


Step = tuple[Draft, ...]


def step(choices: Choices, world: World) -> Step:
    """One event and its fate, or now and then a scene."""
    if choices.between(1, 10 * world.bustle) == 10:
        return tuple(draft(choices, world, content) for content in choices.one(SCENES)(choices, world))
    builder = any_builder(choices, world)
    first = draft(choices, world, builder(choices, world))
    fate = choices.one(FATES_OF_REGISTRATIONS if first.content.type in REGISTRATIONS else FATES)
    after: list[Draft] = [resolved(choices, world, first)] if builder is complaint and choices.between(0, 2) else []
    if fate in ("voided", "corrected"):
        after.append(void(choices, world, first))
    if fate == "misvoided":
        after.append(misvoid(choices, world, first))
    if fate in ("corrected", "restated"):
        after.append(again(choices, world, builder, first))
    if fate == "contested":
        after.append(contest(choices, world, first))
    return (first, *after)


def draft(choices: Choices, world: World, content: Content) -> Draft:
    """An event at one of few times, from one of few sources."""
    time = written(choices, choices.one(TIMES))
    return Draft(content, time, choices.between(0, len(world.sources) // 2 - 1), choices.one(PREFIXES))


def resolved(choices: Choices, world: World, received: Draft) -> Draft:
    """A resolution about when the complaint is due."""
    late = choices.one((0, 1, -1, 3_600_000_000, -86_400_000_000, 86_400_000_000))
    moment = instant(received.content.data["due_at"]) + timedelta(microseconds=late)
    data = {"complaint": received.content.data["complaint"], "resolved_at": written(choices, moment)}
    return draft(choices, world, Content("complaint.resolved.v1", received.content.subject, data))


def again(choices: Choices, world: World, builder: Builder, first: Draft) -> Draft:
    """The same register or another such fact of the same subject, with new content, often at the same time."""
    content = builder(choices, world)
    key = {name: first.content.data[name] for name in KEYS.get(content.type, ())}
    drafted = draft(choices, world, Content(first.content.type, first.content.subject, content.data | key))
    return replace(drafted, time=choices.one((drafted.time, first.time)))


def void(choices: Choices, world: World, target: Draft) -> Draft:
    """A void that describes its target rightly."""
    content = Content("event.voided.v1", target.content.subject, {"reason": "keliru"})
    return replace(draft(choices, world, content), verb="voided")


def misvoid(choices: Choices, world: World, target: Draft) -> Draft:
    """A void that describes its target wrongly in one thing, and so has no effect."""
    rightly = void(choices, world, target)
    other, everyone = target.content.subject, target.content.subject == "unit:*"
    types: tuple[str, ...] = ("source.reported.v1",)
    if other.startswith("employee:"):
        types, other = EMPLOYEE_TYPES, f"employee:{choices.one(world.people)}"
    elif other.startswith("unit:"):
        types, other = UNIT_TYPES, f"unit:{choices.one(world.units)}"
    else:
        other = "source:other"
    wrong = choices.one(("subject", "type", "source", "id"))
    if target.content.type == "rating.given.v1" and wrong in ("source", "id"):
        wrong = "type"  # a void of a rating that is not known never reaches the log
    if wrong == "subject" and not everyone:
        return replace(rightly, content=replace(rightly.content, subject=other))
    value = choices.one(types) if wrong == "type" else "nobody"
    return replace(rightly, wrong=((wrong if wrong != "subject" else "id", value),))


def contest(choices: Choices, world: World, target: Draft) -> Draft:
    """A contest, which changes no measure."""
    content = Content("event.contested.v1", target.content.subject, {"reason": "saya hadir"})
    return replace(draft(choices, world, content), verb="contested")


def numbered(number: int, drafts: Step, sources: tuple[str, ...]) -> list[Event]:
    """The events of one step with identities that no other step has."""
    events: list[Event] = []
    for place, one in enumerate(drafts):
        data: dict[str, Any] = dict(one.content.data)
        if one.verb is not None:
            target = events[one.about]
            data[one.verb] = {name: target[name] for name in ("type", "source", "id")} | dict(one.wrong)
        events.append(
            {
                "specversion": "1.0",
                "id": f"{one.prefix}{number // 2}.{place}",
                "source": sources[2 * one.source + number % 2],
                "type": one.content.type,
                "subject": one.content.subject,
                "time": one.time,
                "datacontenttype": "application/json",
                "data": data,
            }
        )
    return events
