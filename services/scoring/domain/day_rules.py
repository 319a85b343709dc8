"""What the days of people are worked out by: the directory says it, or the days of a receipt."""

from datetime import date
from typing import Protocol
from zoneinfo import ZoneInfo

from services.scoring.domain.hours import Hours


class DayRules(Protocol):
    """Time zones, hours, workdays and closings of units by days."""

    def zone(self, code: str | None, on: date) -> ZoneInfo:
        """Return a unit's time zone on a day; Asia/Jakarta without a unit."""

    def hours(self, code: str | None, on: date) -> Hours | None:
        """Return a unit's hours on a day, workday or not; None on a day off and for no unit."""

    def day(self, code: str, on: date) -> tuple[bool, bool]:
        """Say whether a day is a workday for a unit, and whether it is closed."""
