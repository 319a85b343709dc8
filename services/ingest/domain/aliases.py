"""
Whose alias it is: NIPs and badges as registrations have named them.

Every accepted registration counts for ever, also one replaced since; of those in force on the day of the event the
greatest decides, never the last to arrive.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

ALIAS_SCHEMES = ("nip:", "badge:")


@dataclass(frozen=True, slots=True)
class Holding:
    """A registration says that *employee* holds an alias from a day on."""

    employee: str
    effective_from: date
    time: datetime
    source: str
    id: str

    @property
    def rank(self) -> tuple[date, datetime, bytes, bytes]:
        """What makes one holding greater than another: moments as instants, strings by their UTF-8 bytes."""
        return self.effective_from, self.time, self.source.encode(), self.id.encode()


def is_alias(reference: str) -> bool:
    """Tell an alias from a bare employee id, which never contains a colon."""
    return reference.startswith(ALIAS_SCHEMES)


def holder(holdings: Iterable[Holding], on: date) -> str | None:
    """Return the employee who holds the alias on the day *on*, or None when nobody does yet."""
    in_force = (holding for holding in holdings if holding.effective_from <= on)
    greatest = max(in_force, key=lambda holding: holding.rank, default=None)
    return greatest.employee if greatest else None
