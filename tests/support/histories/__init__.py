"""
Random histories: canonical events, valid by the contract, made to collide.

`histories` and `arrivals` are for hypothesis; `random_history` and `random_arrivals` need only a seed.
Every unit and person is registered in the history itself; only parents may be unregistered.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.support.histories.choices import Choices, Drawn, Seeded, maybe
from tests.support.histories.contents import Content, assignment
from tests.support.histories.steps import Step, draft, numbered, step
from tests.support.histories.world import BEFORE_ALL, OLD_SOURCES, TOWN, VILLAGE, ZONES, World, a_start
from tests.support.oracle import Event
from tests.support.oracle.log import REGISTRATIONS

__all__ = [
    "OLD_SOURCES",
    "TOWN",
    "VILLAGE",
    "World",
    "arrivals",
    "as_let_in",
    "as_sent",
    "histories",
    "random_arrivals",
    "random_history",
    "recorded",
]

SETTLED = {"basis": "definitive", "effective_from": BEFORE_ALL.isoformat(), "effective_to": "2027-12-31"}
LOG_BEGINS = datetime.fromisoformat("2026-03-20T08:00:00+07:00")


@st.composite
def histories(draw: Callable[[st.SearchStrategy[Any]], Any], world: World = VILLAGE, most: int = 80) -> list[Event]:
    """A history of up to *most* steps on top of the registrations and first assignments."""
    founding = foundation(Drawn(draw), world)
    least = draw(st.integers(0, most))  # left alone, hypothesis keeps its lists too short for anything to collide
    return published([*founding, *draw(st.lists(steps(world), min_size=least, max_size=most))], world)


@st.composite
def steps(draw: Callable[[st.SearchStrategy[Any]], Any], world: World) -> Step:
    """One step of a history."""
    return step(Drawn(draw), world)


@st.composite
def arrivals(draw: Callable[[st.SearchStrategy[Any]], Any], events: Sequence[Event]) -> list[Event]:
    """The events in any order, some of them twice or more."""
    again = draw(st.lists(st.sampled_from(events), max_size=len(events) // 2)) if events else []
    return list(draw(st.permutations([*events, *again])))


def random_history(seed: int, size: int, world: World = TOWN) -> list[Event]:
    """About *size* events: never fewer, and never less than the registrations of *world*."""
    choices = Seeded(seed)
    made = foundation(choices, world)
    count = sum(len(drafts) for drafts in made)
    while count < size:
        made.append(step(choices, world))
        count += len(made[-1])
    return published(made, world)


def random_arrivals(seed: int, events: Sequence[Event], duplicates: int = 0) -> list[Event]:
    """The events in another order, with so many duplicates among them."""
    choices = Seeded(seed)
    arriving = [*events, *(choices.one(events) for _ in range(duplicates))]
    choices.random.shuffle(arriving)
    return arriving


def as_let_in(events: Iterable[Event]) -> list[Event]:
    """The same order, but the first registration of each subject before all else, as ingest lets events in."""
    first: dict[str, Event] = {}
    rest: list[Event] = []
    for event in events:
        if event["type"] in REGISTRATIONS and event["subject"] not in first:
            first[event["subject"]] = event
        else:
            rest.append(event)
    return [*first.values(), *rest]


def as_sent(event: Event) -> Event:
    """The event as a source sends it: a person's registration with the name that ingest keeps off the log."""
    if event["type"] != "employee.registered.v1":
        return event
    return event | {"data": event["data"] | {"name": "Budi Santoso"}}


def recorded(events: Iterable[Event], apart: timedelta = timedelta(seconds=1)) -> list[tuple[Event, datetime]]:
    """The events with the moments they came to the log: two at a time, *apart* from the next two."""
    return [(event, LOG_BEGINS + apart * (place // 2)) for place, event in enumerate(events)]


def foundation(choices: Choices, world: World) -> list[Step]:
    """A tree of units, everyone registered, most of them with an assignment."""
    contents = [unit_in_tree(choices, world, place) for place in range(len(world.units))]
    for person in world.people:
        registered = {"effective_from": BEFORE_ALL.isoformat()}
        contents.append(Content("employee.registered.v1", f"employee:{person}", registered))
        if choices.between(0, 4):
            settled = assignment(choices, world).data | choices.one((SETTLED, SETTLED, {}))
            contents.append(Content("assignment.started.v1", f"employee:{person}", settled))
    return [(draft(choices, world, content),) for content in contents]


def unit_in_tree(choices: Choices, world: World, place: int) -> Content:
    """A unit under one of those before it; the first has no parent."""
    data = {"name": "Unit", "kind": "seksi", "effective_from": a_start(choices, world).isoformat()}
    data |= maybe(choices, "timezone", *ZONES)
    if place:
        data["parent"] = choices.one(world.units[:place])
    return Content("unit.registered.v1", f"unit:{world.units[place]}", data)


def published(made: Iterable[Step], world: World) -> list[Event]:
    """The events of all steps, in the order they were thought of."""
    return [event for number, drafts in enumerate(made) for event in numbered(number, drafts, world.sources)]
