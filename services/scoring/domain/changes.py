"""
What a change of the directory moves: for which units, over which days, zone, hours or walk differ.

Breakpoints of both states are compared one by one, so a day that is not named here is as it was.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from itertools import pairwise

import msgspec

from services.scoring.domain.days import FIRST_DAY, LAST_DAY, ONE_DAY
from services.scoring.domain.directory import EVERYONE, Directory, code_of
from services.scoring.domain.events import Event
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
    What a batch of directory events changed. What everyone's schedule, calendar or closing says stands under EVERYONE.

    *moved*: spans per unit on which zone or hours differ, so that people's facts may fall on other days.
    *rezoned*: spans per unit on which the zone differs, so that services and complaints may.
    *shown*: spans per unit on which walk, workday or closing differs, so that closed days change without any fact.
    *restated*: units whose walk, or whose days' status by an entry of their walk, differs on some day.
    """

    moved: dict[str, list[Span]] = field(default_factory=dict)
    rezoned: dict[str, list[Span]] = field(default_factory=dict)
    shown: dict[str, list[Span]] = field(default_factory=lambda: defaultdict(list))
    restated: set[str] = field(default_factory=set)


def changes(old: Directory, new: Directory, events: Iterable[Event]) -> Changes:
    """Compare two states of the directory that differ by *events* (voids among them)."""
    touched = _touched(events)
    found = Changes()
    for unit in _affected(old, new, (touched["unit"] | touched["schedule"]) - {EVERYONE}):
        days = old.change_days(unit) | new.change_days(unit)
        if moved := differing(days, partial(_same_profile, old, new, unit)):
            found.moved[unit] = moved
            if rezoned := differing(days, partial(_same_zone, old, new, unit)):
                found.rezoned[unit] = rezoned
        _show_closed(found, old, new, unit, differing(days, partial(_same_status, old, new, unit)))
        if differing(days, partial(_same_standing, old, new, unit)):
            found.restated.add(unit)
    if EVERYONE in touched["schedule"]:
        _change_for_everyone(found, old, new)
    for kind in ("calendar", "closing"):
        for place in touched[kind]:
            _show_days(found, old, new, kind, place)
    return found


def _change_for_everyone(found: Changes, old: Directory, new: Directory) -> None:
    """Note the days on which everyone's schedule differs: no unit's hours change on another day by it."""
    days = {day for state in (old, new) for day, _ in state.timeline("schedule", EVERYONE)}
    if moved := differing(days, lambda day: old.schedule(EVERYONE, day) == new.schedule(EVERYONE, day)):
        found.moved[EVERYONE] = moved
    same_week = partial(_same_week, old, new, EVERYONE)
    _show_closed(found, old, new, EVERYONE, differing(days, same_week))


def _show_closed(found: Changes, old: Directory, new: Directory, unit: str, spans: Iterable[Span]) -> None:
    shown = [
        span for span in spans if old.closing_days(span.first, span.last) or new.closing_days(span.first, span.last)
    ]
    if shown:
        found.shown[unit] += shown


def _show_days(found: Changes, old: Directory, new: Directory, kind: str, place: str) -> None:
    before, after = old.dates(kind, place), new.dates(kind, place)
    for day in sorted(day for day in {*before, *after} if before.get(day) != after.get(day)):
        if place == EVERYONE:
            found.shown[EVERYONE].append(Span(day, day))
            continue
        for unit in _affected(old, new, {place}):
            if _status(old, unit, day) != _status(new, unit, day):
                found.shown[unit].append(Span(day, day))
            if _own_status(old, unit, day) != _own_status(new, unit, day):
                found.restated.add(unit)


def _touched(events: Iterable[Event]) -> dict[str, set[str]]:
    """Return by kind of register the codes of those that the events (or voids of such) change."""
    found: dict[str, set[str]] = defaultdict(set)
    for event in events:
        kind = KINDS.get(event.voids[0] if event.voids else event.type)
        if kind is not None:
            found[kind].add(code_of(event.subject))
    return found


def _affected(old: Directory, new: Directory, places: set[str]) -> set[str]:
    return old.tree.ever_below(places) | new.tree.ever_below(places)


def _same_profile(old: Directory, new: Directory, unit: str, day: date) -> bool:
    return old.zone(unit, day) == new.zone(unit, day) and old.schedule(unit, day) == new.schedule(unit, day)


def _same_zone(old: Directory, new: Directory, unit: str, day: date) -> bool:
    return old.zone(unit, day) == new.zone(unit, day)


def _same_status(old: Directory, new: Directory, unit: str, day: date) -> bool:
    return old.walk(unit, day) == new.walk(unit, day) and _same_week(old, new, unit, day)


def _same_standing(old: Directory, new: Directory, unit: str, day: date) -> bool:
    """Say whether the unit stands below the same, and the same schedule of its walk is in force."""
    before, after = old.own_schedule(unit, day), new.own_schedule(unit, day)
    return old.walk(unit, day) == new.walk(unit, day) and before == after


def _same_week(old: Directory, new: Directory, unit: str, day: date) -> bool:
    """Say whether the same weekdays have hours by the schedules in force."""
    before, after = old.schedule(unit, day), new.schedule(unit, day)
    return before == after or [each is None for each in before.hours] == [each is None for each in after.hours]


def _status(directory: Directory, unit: str, day: date) -> tuple[bool, bool]:
    return directory.workday(unit, day), directory.closed(unit, day)


def _own_status(directory: Directory, unit: str, day: date) -> tuple[bool | None, bool]:
    return directory.own_workday(unit, day), directory.own_closed(unit, day)


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
