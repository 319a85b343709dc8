"""An office in which evaluations take place: units of several kinds, heads, delegates and people who move."""

from datetime import date, timedelta

from tests.support.histories.choices import Choices, maybe
from tests.support.histories.contents import Content
from tests.support.histories.world import World

OFFICE = World(
    units=("kec", "kel-1", "kel-2", "seksi-1", "seksi-2"),
    people=("P1", "P2", "P3", "P4", "P5", "P6", "P7"),
    bustle=4,
    first=date(2026, 3, 23),
    days=16,
    crowded=(7, 8, 9),
)
"""Its days lie about the end of a month that ends a quarter."""

SINCE = date(2025, 6, 1)
PERIODS = (*("2026-03",) * 7, "2026-Q1", "2026-Q1", "2026-04", "2026-Q2", "2025", "2026")
"""Mostly one month, so that things meet."""
KINDS = ("kecamatan", "kelurahan", "seksi")


def settled(choices: Choices, world: World) -> list[Content]:
    """Who is where at first: a tree of units, everyone registered, most with an assignment, most units with a head."""
    contents = [unit(choices, world, place) for place in range(len(world.units))]
    contents += [
        Content("employee.registered.v1", f"employee:{person}", {"effective_from": SINCE.isoformat()})
        for person in world.people
    ]
    for place, person in enumerate(world.people):
        if choices.between(0, 9):
            own = world.units[place] if place < len(world.units) else choices.one(world.units)
            leads = place < len(world.units) and choices.between(0, 3) > 0
            contents.append(assignment(choices, world, person, own, SINCE, leads=leads))
    return contents


def unit(choices: Choices, world: World, place: int) -> Content:
    """A unit of any kind under one of those before it."""
    data = {"name": "Unit", "kind": choices.one(KINDS), "effective_from": SINCE.isoformat()}
    if place:
        data["parent"] = choices.one(world.units[:place])
    return Content("unit.registered.v1", f"unit:{world.units[place]}", data)


def assignment(
    choices: Choices, world: World, person: str, to: str, since: date, *, leads: bool, basis: str = "definitive"
) -> Content:
    """An assignment, perhaps with a supervisor of its own, who may be oneself."""
    data = {"unit": to, "position": "Pelaksana", "head": leads, "basis": basis, "effective_from": since.isoformat()}
    if choices.between(0, 3) == 0:
        data["supervisor"] = choices.one(world.people)
    return Content("assignment.started.v1", f"employee:{person}", data)


def moved(choices: Choices, world: World) -> list[Content]:
    """Somebody elsewhere for some days, or from then on; or acting, standing in or standing for a head."""
    person, to = choices.one(world.people), choices.one(world.units)
    since = world.first + timedelta(days=choices.between(-15, 40))
    basis = choices.one(("definitive", "definitive", "plt", "plh", "delegate", "delegate"))
    made = assignment(choices, world, person, to, since, leads=bool(choices.between(0, 1)), basis=basis)
    until = (since + timedelta(days=choices.between(0, 25))).isoformat()
    return [Content(made.type, made.subject, made.data | maybe(choices, "effective_to", until))]


def renamed(choices: Choices, world: World) -> list[Content]:
    """A unit of another kind, or under another, from some day on."""
    since = world.first + timedelta(days=choices.between(-10, 25))
    data = {"name": "Unit", "kind": choices.one(KINDS), "effective_from": since.isoformat()}
    data |= maybe(choices, "parent", *world.units)
    return [Content("unit.registered.v1", f"unit:{choices.one(world.units)}", data)]


def closings(choices: Choices, world: World) -> list[Content]:
    """Every day closed for everyone up to some day, then some days until long after; now and then one forgotten."""
    start, daily, until = world.first - timedelta(days=40), choices.between(45, 80), choices.between(0, 110)
    days = [*range(daily), *range(daily, daily + until, choices.between(2, 9))]
    forgotten = choices.between(0, 3 * daily)
    return [
        Content("day.closed.v1", "unit:*", {"date": (start + timedelta(days=day)).isoformat()})
        for day in days
        if day != forgotten
    ]
