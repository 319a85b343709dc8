"""The days of a receipt, standing for the directory: where a person belonged, and what was asked there."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from services.scoring.domain.days import JAKARTA
from services.scoring.domain.facts import minutes_of
from services.scoring.domain.hours import Hours
from services.scoring.projections.membership.rows import Membership, MembershipSpan

Shape = Mapping[str, Any]


class Contexts:
    """
    What a receipt says of a person's days, asked like the directory.

    It knows one unit a day, the person's own; of other units and days it knows nothing.
    """

    def __init__(self, days: Iterable[Shape]) -> None:
        self._days = {date.fromisoformat(each["date"]): each for each in days}

    @property
    def membership(self) -> Membership:
        """Where the person belonged, a span for each day."""
        found = [MembershipSpan(each["unit"], day, day) for day, each in sorted(self._days.items()) if each["unit"]]
        return Membership(found)

    def zone(self, code: str | None, on: date) -> ZoneInfo:
        """Return the time zone of the person's unit on a day."""
        return JAKARTA if code is None or on not in self._days else ZoneInfo(self._days[on]["zone"])

    def hours(self, code: str | None, on: date) -> Hours | None:
        """Return the hours of the person's unit on a day; None of no unit."""
        said = self._days[on]["hours"] if code is not None and on in self._days else None
        if said is None:
            return None
        return Hours(minutes_of(said["start"]), minutes_of(said["end"]), said["tolerance"])

    def day(self, code: str, on: date) -> tuple[bool, bool]:
        """Say whether a day was a workday for the person's unit, and closed."""
        return self._days[on]["workday"], self._days[on]["closed"]
