"""Where people last belonged in each of many periods, and whether they worked over midnight (scoring.md, "Words")."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from services.scoring.domain.days import days_between
from services.scoring.domain.directory import Directory
from services.scoring.evaluation.periods import Period
from services.scoring.projections.membership.rows import MembershipSpan

NIGHT, DAY = "night", "day"


class Home(NamedTuple):
    """(U, L) of a person in a period: the last day on which they belong to a unit, and that unit."""

    period: Period
    unit: str
    last: date


def homes(spans: Sequence[MembershipSpan], periods: Sequence[Period]) -> Iterator[Home]:
    """Yield where somebody last belonged in each period in which they belong to a unit; *spans* are in order."""
    for period in periods:
        for span in reversed(spans):
            if span.first <= period.last:
                if span.last >= period.first:
                    yield Home(period, span.unit, min(span.last, period.last))
                break


class Patterns:
    """Whether somebody's hours lead over midnight; of unit and days it is remembered."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._known: dict[tuple[str, date, date], bool] = {}

    def of(self, spans: Sequence[MembershipSpan], period: Period) -> str:
        """Return `night` if on some day of the period the hours of the person's unit lead over midnight, else `day`."""
        for span in spans:
            first, last = max(span.first, period.first), min(span.last, period.last)
            if first <= last and self._is_night(span.unit, first, last):
                return NIGHT
        return DAY

    def _is_night(self, unit: str, first: date, last: date) -> bool:
        key = unit, first, last
        if key not in self._known:
            hours = (self._directory.hours(unit, day) for day in days_between(first, last))
            self._known[key] = any(each is not None and each.over_midnight for each in hours)
        return self._known[key]
