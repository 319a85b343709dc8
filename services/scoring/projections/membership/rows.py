"""Who belongs where, and who is expected: a person's assignments and leaves as spans of days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

import msgspec

from services.scoring.domain.changes import Span
from services.scoring.domain.days import LAST_DAY, ONE_DAY
from services.scoring.domain.events import Event
from services.scoring.domain.facts import AssignmentStarted


@dataclass(frozen=True, slots=True)
class Assignment:
    """A standing definitive assignment; *last* is LAST_DAY when open."""

    unit: str
    first: date
    last: date
    stamp: tuple[datetime, str, str]


def assignment_of(event: Event) -> Assignment | None:
    """Return the assignment that an event starts; None unless it is definitive: only that gives membership."""
    return assignment(event.fact, event.stamp) if isinstance(event.fact, AssignmentStarted) else None


def assignment(fact: AssignmentStarted, stamp: tuple[datetime, str, str]) -> Assignment | None:
    """Return the assignment that a fact is; None unless it is definitive."""
    if fact.basis != "definitive":
        return None
    last = LAST_DAY if fact.effective_to is None else fact.effective_to
    return Assignment(fact.unit, fact.effective_from, last, stamp)


class MembershipSpan(msgspec.Struct, frozen=True, gc=False):
    """A span of days in which a person is with one unit."""

    unit: str
    first: date
    last: date


class Membership:
    """
    The unit a person belongs to on each day: of the assignments in force the greatest (effective_from, stamp).

    *spans* are in order and do not overlap.
    """

    __slots__ = ("spans",)

    def __init__(self, spans: Sequence[MembershipSpan]) -> None:
        self.spans = spans

    @classmethod
    def of_assignments(cls, assignments: Sequence[Assignment]) -> "Membership":
        """Work out the spans from standing definitive assignments."""
        return cls(_spans(assignments))

    def unit(self, on: date) -> str | None:
        """Return the unit the person belongs to on a day, or None."""
        for span in reversed(self.spans):
            if span.first <= on:
                return span.unit if on <= span.last else None
        return None


def _spans(assignments: Sequence[Assignment]) -> list[MembershipSpan]:
    if len(assignments) == 1:  # as most people have
        (only,) = assignments
        return [MembershipSpan(only.unit, only.first, only.last)] if only.first <= only.last else []
    ranked = sorted(assignments, key=lambda a: (a.first, a.stamp))
    cuts = sorted({day for a in ranked for day in (a.first, a.last + ONE_DAY) if day <= LAST_DAY})
    spans: list[MembershipSpan] = []
    for start, following in pairwise((*cuts, LAST_DAY + ONE_DAY)):
        unit = next((a.unit for a in reversed(ranked) if a.first <= start <= a.last), None)
        last = following - ONE_DAY
        if unit is None:
            continue
        if spans and spans[-1].unit == unit and spans[-1].last + ONE_DAY == start:
            spans[-1] = MembershipSpan(unit, spans[-1].first, last)
        else:
            spans.append(MembershipSpan(unit, start, last))
    return spans


def expected(spans: Sequence[MembershipSpan], leaves: Sequence[Span]) -> list[MembershipSpan]:
    """Return the spans without the days on leave: when the person is expected, if the unit's day is a workday."""
    remaining = list(spans)
    for leave in leaves:
        remaining = [piece for span in remaining for piece in _without(span, leave)]
    return sorted(remaining, key=lambda span: span.first)


def _without(span: MembershipSpan, leave: Span) -> list[MembershipSpan]:
    if leave.last < span.first or span.last < leave.first or leave.last < leave.first:
        return [span]
    pieces = []
    if span.first < leave.first:
        pieces.append(MembershipSpan(span.unit, span.first, leave.first - ONE_DAY))
    if leave.last < span.last:
        pieces.append(MembershipSpan(span.unit, leave.last + ONE_DAY, span.last))
    return pieces


def membership_of(events: Iterable[Event]) -> Membership:
    """Return where a person belongs by all their standing assignments, events of other types passed over."""
    return Membership.of_assignments([found for event in events if (found := assignment_of(event)) is not None])
