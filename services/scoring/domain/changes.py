"""
What a change of the directory moves: for which units, over which days, zone, hours or walk differ.

Breakpoints of both states are compared one by one, so a day that is not named here is as it was.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from itertools import pairwise

import msgspec

from services.scoring.domain.directory import EVERYONE, FIRST_DAY, LAST_DAY, ONE_DAY, Directory, code_of
from services.scoring.domain.facts import Event
from services.scoring.domain.registers import KINDS

REACH = timedelta(days=2)
"""A change of zone, hours or membership over e..f moves facts among the days e-2..f+2 at most."""


class Span(msgspec.Struct, frozen=True, gc=False):
    """Days from *first* to *last*, both included."""

    first: date
    last: date

    def has(self, day: date) -> bool:
        """Say whether the day lies in the span."""
        return self.first <= day <= self.last

    def widened(self) -> "Span":
        """Return the days whose facts may move when something changes on these."""
        return Span(max(self.first, FIRST_DAY) - REACH, min(self.last, LAST_DAY) + REACH)


EVER = Span(FIRST_DAY - REACH, LAST_DAY + REACH)
"""Every day on which a fact can lie."""


@dataclass(frozen=True, slots=True)
class Changes:
    """
    What a batch of directory events changed.

    *moved*: spans per unit on which zone or hours differ, so that people's facts may fall on other days.
    *rezoned*: spans per unit on which the zone differs, so that services and complaints may.
    *shown*: unit-days whose workday or closing differs, so that figures change without any fact moving.
    """

    moved: dict[str, list[Span]] = field(default_factory=dict)
    rezoned: dict[str, list[Span]] = field(default_factory=dict)
    shown: set[tuple[str, date]] = field(default_factory=set)


def changes(old: Directory, new: Directory, events: Iterable[Event], strangers: Iterable[str] = ()) -> Changes:
    """
    Compare two states of the directory that differ by *events* (voids among them).

    *strangers*: units that are not registered but have people, whom a schedule of everyone moves too.
    """
    touched = _touched(events)
    found = Changes()
    structure = touched["unit"] | touched["schedule"]
    affected = _affected(old, new, structure)
    for unit in affected.union(strangers) if EVERYONE in structure else affected:
        days = old.change_days(unit) | new.change_days(unit)
        moved = differing(days, partial(_same_profile, old, new, unit))
        if moved:
            found.moved[unit] = moved
            if rezoned := differing(days, partial(_same_zone, old, new, unit)):
                found.rezoned[unit] = rezoned
        for span in (*moved, *differing(days, partial(_same_walk, old, new, unit))):
            found.shown.update(
                (unit, day) for day in possible_closings(old, unit) | possible_closings(new, unit) if span.has(day)
            )
    for kind in ("calendar", "closing"):
        for place in touched[kind]:
            found.shown.update(_status_changes(old, new, kind, place))
    return found


def _touched(events: Iterable[Event]) -> dict[str, set[str]]:
    """Return by kind of register the codes of those that the events (or voids of such) change."""
    found: dict[str, set[str]] = defaultdict(set)
    for event in events:
        kind = KINDS.get(event.voids[0] if event.voids else event.type)
        if kind is not None:
            found[kind].add(code_of(event.subject))
    return found


def _affected(old: Directory, new: Directory, places: set[str]) -> set[str]:
    return old.ever_below(places) | new.ever_below(places)


def _same_profile(old: Directory, new: Directory, unit: str, day: date) -> bool:
    return old.zone(unit, day) == new.zone(unit, day) and old.schedule(unit, day) == new.schedule(unit, day)


def _same_zone(old: Directory, new: Directory, unit: str, day: date) -> bool:
    return old.zone(unit, day) == new.zone(unit, day)


def _same_walk(old: Directory, new: Directory, unit: str, day: date) -> bool:
    return old.walk(unit, day) == new.walk(unit, day)


def possible_closings(directory: Directory, unit: str) -> set[date]:
    """Return every day that a closing of the unit, of one ever above it or of everyone names."""
    return {day for place in (*directory.ever_above(unit), EVERYONE) for day in directory.dates("closing", place)}


def _status_changes(old: Directory, new: Directory, kind: str, place: str) -> Iterator[tuple[str, date]]:
    before, after = old.dates(kind, place), new.dates(kind, place)
    for day in {day for day in (*before, *after) if before.get(day) != after.get(day)}:
        for unit in _affected(old, new, {place}):
            if _status(old, unit, day) != _status(new, unit, day):
                yield unit, day


def _status(directory: Directory, unit: str, day: date) -> tuple[bool, bool]:
    return directory.workday(unit, day), directory.closed(unit, day)


def differing(days: Iterable[date], same: Callable[[date], bool]) -> list[Span]:
    """Return the spans between the breakpoints *days* on which *same* says no; neighbours are merged."""
    cuts = sorted({FIRST_DAY, *(day for day in days if FIRST_DAY < day <= LAST_DAY)})
    spans: list[Span] = []
    for start, following in pairwise((*cuts, LAST_DAY + ONE_DAY)):
        if same(start):
            continue
        last = following - ONE_DAY
        if spans and spans[-1].last + ONE_DAY == start:
            spans[-1] = Span(spans[-1].first, last)
        else:
            spans.append(Span(start, last))
    return spans
