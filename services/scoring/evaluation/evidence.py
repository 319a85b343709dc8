"""Standing events as the evaluation reads them."""

from datetime import date, datetime
from typing import Generic, NamedTuple, TypeVar

from services.scoring.domain.days import in_jakarta
from services.scoring.domain.events import Event
from services.scoring.domain.fact import Fact, Identity

FactT = TypeVar("FactT", bound=Fact, covariant=True)
Stamp = tuple[datetime, str, str]
"""Time, source and id: of several the greatest, or the least, counts."""


class Stamped(NamedTuple, Generic[FactT]):
    """A standing event: what it says, about whom, and what decides between it and others."""

    stamp: Stamp
    type: str
    subject: str
    fact: FactT

    @property
    def date(self) -> date:
        """The Jakarta date of its time."""
        return in_jakarta(self.stamp[0]).date()

    @property
    def identity(self) -> Identity:
        """Its source and id, as other events name it."""
        return Identity(self.stamp[1], self.stamp[2])


def stamped(event: Event) -> Stamped[Fact]:
    """Return an event that has a fact as evidence."""
    assert event.fact is not None
    return Stamped(event.stamp, event.type, event.subject, event.fact)
