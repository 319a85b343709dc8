"""A small office for the evaluation: who stands above whom since when, its workdays, and how far it is closed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TypeVar

from services.scoring.domain.fact import EventRef, Fact, Identity
from services.scoring.evaluation.evidence import Stamped

FactT = TypeVar("FactT", bound=Fact)
Since = Sequence[tuple[date, str | None]]
"""Who it is from each day on, in order; nobody before the first."""

ALWAYS = date(2000, 1, 1)
JAKARTA = timezone(timedelta(hours=7))


def constant(**held: str | None) -> dict[str, Since]:
    """Write what never changes: constant(e1="boss")."""
    return {name: [(ALWAYS, who)] for name, who in held.items()}


def held(since: Since, on: date) -> str | None:
    """Look up who it is on a day."""
    found = None
    for day, who in since:
        if day <= on:
            found = who
    return found


@dataclass
class Office:
    """Supervisors of people, heads of units, and the walk of each unit."""

    supervisors: Mapping[str, Since] = field(default_factory=dict)
    heads: Mapping[str, Since] = field(default_factory=dict)
    walks: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def supervisor(self, person: str, on: date) -> str | None:
        """Who supervises a person."""
        return held(self.supervisors.get(person, ()), on)

    def head(self, unit: str, on: date) -> str | None:
        """Who leads a unit."""
        return held(self.heads.get(unit, ()), on)

    def first_head(self, unit: str, on: date, but: str | None = None) -> str | None:
        """The first head on the walk who is somebody else."""
        found = [self.head(each, on) for each in self.walks.get(unit, (unit,))]
        return next((each for each in found if each is not None and each != but), None)


@dataclass
class Weekdays:
    """Monday to Friday without holidays, up to *end* if there is one; everything is closed to *closed*."""

    closed: date
    holidays: Collection[date] = ()
    end: date | None = None

    def is_workday(self, day: date) -> bool:
        """Whether people work."""
        return day.weekday() < 5 and day not in self.holidays and (self.end is None or day <= self.end)

    def after(self, unit: str, day: date, n: int) -> date | None:
        """The n-th workday after a day."""
        for _ in range(3660):
            day += timedelta(days=1)
            n -= self.is_workday(day)
            if n == 0:
                return day
        return None

    def has_passed(self, unit: str, day: date | None) -> bool:
        """Whether a day is closed."""
        return day is not None and self.closed >= day


def stamped(fact: FactT, on: date, number: str, *, subject: str = "employee:p", hour: int = 9) -> Stamped[FactT]:
    """An event at an hour of a Jakarta day."""
    moment = datetime(on.year, on.month, on.day, hour, tzinfo=JAKARTA).astimezone(UTC)
    return Stamped((moment, "src", number), fact.TYPE, subject, fact)


def ref(event: Stamped[Fact]) -> EventRef:
    """How others name an event, with its type."""
    return EventRef(event.type, event.stamp[1], event.stamp[2])


def name(event: Stamped[Fact]) -> Identity:
    """How others name an event whose type is understood."""
    return Identity(event.stamp[1], event.stamp[2])
