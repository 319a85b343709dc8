"""The terms of one evaluation: its days, counted in workdays of the unit, and who stands above whom (scoring.md 6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar, cast

from services.scoring.domain.evaluation_facts import (
    DocumentAcknowledged,
    DocumentIssued,
    ObjectionDecided,
    ObjectionFiled,
    PredikatSet,
)
from services.scoring.domain.fact import Fact
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.ports import Calendar, Superiors

FactT = TypeVar("FactT", bound=Fact)

LONG, SHORT = 14, 7
"""Workdays: to hand out, to sign and return, to object; and to decide, or to hand out and sign what was escalated."""


@dataclass(frozen=True, slots=True)
class Case:
    """
    Whose evaluation it is, for what period.

    *unit*: where the person last belonged in the period; *evaluator*: their supervisor on that day; *workdays*: the
    evaluation clock of the policy.
    """

    person: str
    period: Period
    unit: str
    evaluator: str | None
    workdays: int


@dataclass(frozen=True, slots=True)
class Acts:
    """The standing acts about one person and period, each kind by stamp, so that the first is the least."""

    predikats: tuple[Stamped[PredikatSet], ...] = ()
    documents: tuple[Stamped[DocumentIssued], ...] = ()
    acknowledgements: tuple[Stamped[DocumentAcknowledged], ...] = ()
    objections: tuple[Stamped[ObjectionFiled], ...] = ()
    decisions: tuple[Stamped[ObjectionDecided], ...] = ()

    @classmethod
    def of(cls, events: Iterable[Stamped[Fact]]) -> "Acts":
        """Take the acts out of the events about one person and period, in any order; others are passed over."""
        listed = sorted(events, key=lambda each: each.stamp)
        return cls(
            _all_of(listed, PredikatSet),
            _all_of(listed, DocumentIssued),
            _all_of(listed, DocumentAcknowledged),
            _all_of(listed, ObjectionFiled),
            _all_of(listed, ObjectionDecided),
        )


def _all_of(events: Iterable[Stamped[Fact]], kind: type[FactT]) -> tuple[Stamped[FactT], ...]:
    return tuple(cast(Stamped[FactT], each) for each in events if isinstance(each.fact, kind))


@dataclass(frozen=True, slots=True)
class Terms:
    """The days and superiors of one case."""

    case: Case
    superiors: Superiors
    calendar: Calendar

    @property
    def due(self) -> date | None:
        """
        By when the evaluator evaluates; of a year by 31 January after it.

        Example: 2026-11 in padangsari, 10 workdays -> 14 December.
        """
        period = self.case.period
        return date(period.year + 1, 1, 31) if period.kind == "year" else self.after(period.last, self.case.workdays)

    def after(self, day: date | None, n: int) -> date | None:
        """Return the *n*-th workday after a day; of a day that never comes neither does it."""
        return None if day is None else self.calendar.after(self.case.unit, day, n)

    def has_passed(self, day: date | None) -> bool:
        """Say whether a day is over for the unit."""
        return self.calendar.has_passed(self.case.unit, day)

    def above(self, person: str | None, on: date | None) -> str | None:
        """Return who supervises a person on a day; nobody above nobody."""
        return None if person is None or on is None else self.superiors.supervisor(person, on)


def is_after(day: date, limit: date | None) -> bool:
    """Say whether a day comes after a limit; nothing comes after one that never comes."""
    return limit is not None and day > limit
