"""Who belongs where, and who is expected: a person's assignments and leaves as spans of days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

import msgspec

from services.scoring.domain.changes import Span
from services.scoring.domain.directory import LAST_DAY, ONE_DAY
from services.scoring.domain.facts import AssignmentStarted, Event


@dataclass(frozen=True, slots=True)
class Assignment:
    """A standing definitive assignment; *last* is LAST_DAY when open."""

    unit: str
    first: date
    last: date
    stamp: tuple[datetime, str, str]


def assignment_of(event: Event) -> Assignment | None:
    """Return the assignment that an event starts; None unless it is definitive: only that gives membership."""
    fact = event.fact
    if not isinstance(fact, AssignmentStarted) or fact.basis != "definitive":
        return None
    last = LAST_DAY if fact.effective_to is None else fact.effective_to
    return Assignment(fact.unit, fact.effective_from, last, event.stamp)


class Stay(msgspec.Struct, frozen=True, gc=False):
    """A span of days in which a person is with one unit."""

    unit: str
    first: date
    last: date


class Membership:
    """
    The unit a person belongs to on each day: of the assignments in force the greatest (effective_from, stamp).

    *stays* are in order and do not overlap.
    """

    def __init__(self, stays: Sequence[Stay]) -> None:
        self.stays = stays

    @classmethod
    def of_assignments(cls, assignments: Sequence[Assignment]) -> "Membership":
        """Work out the stays from standing definitive assignments."""
        return cls(_stays(assignments))

    def unit(self, on: date) -> str | None:
        """Return the unit the person belongs to on a day, or None."""
        for stay in reversed(self.stays):
            if stay.first <= on:
                return stay.unit if on <= stay.last else None
        return None


def _stays(assignments: Sequence[Assignment]) -> list[Stay]:
    ranked = sorted(assignments, key=lambda a: (a.first, a.stamp))
    cuts = sorted({day for a in ranked for day in (a.first, a.last + ONE_DAY) if day <= LAST_DAY})
    stays: list[Stay] = []
    for start, following in pairwise((*cuts, LAST_DAY + ONE_DAY)):
        unit = next((a.unit for a in reversed(ranked) if a.first <= start <= a.last), None)
        last = following - ONE_DAY
        if unit is None:
            continue
        if stays and stays[-1].unit == unit and stays[-1].last + ONE_DAY == start:
            stays[-1] = Stay(unit, stays[-1].first, last)
        else:
            stays.append(Stay(unit, start, last))
    return stays


def expected(stays: Sequence[Stay], leaves: Sequence[Span]) -> list[Stay]:
    """Return the stays without the days on leave: when the person is expected, if the unit's day is a workday."""
    remaining = list(stays)
    for leave in leaves:
        remaining = [piece for stay in remaining for piece in _without(stay, leave)]
    return sorted(remaining, key=lambda stay: stay.first)


def _without(stay: Stay, leave: Span) -> list[Stay]:
    if leave.last < stay.first or stay.last < leave.first or leave.last < leave.first:
        return [stay]
    pieces = []
    if stay.first < leave.first:
        pieces.append(Stay(stay.unit, stay.first, leave.first - ONE_DAY))
    if leave.last < stay.last:
        pieces.append(Stay(stay.unit, leave.last + ONE_DAY, stay.last))
    return pieces
