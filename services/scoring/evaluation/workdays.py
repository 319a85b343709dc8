"""Workdays counted, and days that have passed, for a unit (scoring.md, "Words")."""

from datetime import date

from services.scoring.domain.days import LAST_DAY, ONE_DAY
from services.scoring.domain.directory import Directory

MOST_YEARS = 10


class Workdays:
    """The calendar of units, as one state of the directory says it; what was asked is remembered."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._after: dict[tuple[str, date, int], date | None] = {}
        self._passed: dict[tuple[str, date], bool] = {}

    def after(self, unit: str, day: date, n: int) -> date | None:
        """
        Return the *n*-th workday of a unit after a day; None if there is none within ten years.

        Example: padangsari, 2026-11-30, 10 -> 2026-12-14.
        """
        if (unit, day, n) not in self._after:
            self._after[unit, day, n] = self._found(unit, day, n)
        return self._after[unit, day, n]

    def _found(self, unit: str, day: date, n: int) -> date | None:
        left, end = n, _years_later(day)
        while left > 0 and day < end:
            day += ONE_DAY
            left -= self._directory.workday(unit, day)
        return day if left == 0 else None

    def has_passed(self, unit: str, day: date | None) -> bool:
        """Say whether a day has passed for a unit: one not before it is closed for the unit. None never passes."""
        if day is None:
            return False
        if (unit, day) not in self._passed:
            closings = self._directory.closing_days(day, LAST_DAY)
            self._passed[unit, day] = any(self._directory.closed(unit, closed) for closed in reversed(closings))
        return self._passed[unit, day]


def _years_later(day: date) -> date:
    try:
        return day.replace(year=day.year + MOST_YEARS)
    except ValueError:  # 29 February
        return date(day.year + MOST_YEARS, 3, 1)
