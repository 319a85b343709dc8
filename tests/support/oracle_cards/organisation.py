"""Who heads whom on a day, who evaluates, and the segments of a period."""

from datetime import date
from typing import NamedTuple

from tests.support.oracle import Event
from tests.support.oracle.directory import holds
from tests.support.oracle.log import bare, day_in, field, rank
from tests.support.oracle_cards.known import DAY, Known
from tests.support.oracle_cards.periods import Period


class Segment(NamedTuple):
    """A run of days with one unit and one supervisor, or nobody."""

    first: date
    last: date
    unit: str | None
    supervisor: str | None

    @property
    def days(self) -> list[date]:
        """Every day, both ends included."""
        return [self.first + DAY * later for later in range((self.last - self.first).days + 1)]


def belonging(known: Known, person: str, day: date) -> Event | None:
    """The assignment by which the person belongs somewhere."""
    holding = [event for event in known.directory.assignments.get(person, []) if holds(event, day)]
    return max(holding, key=lambda event: (day_in(event, "effective_from"), rank(event)), default=None)


def in_force(assignment: Event, day: date) -> bool:
    """Whether an assignment of any basis covers the day."""
    until = field(assignment, "effective_to")
    return day_in(assignment, "effective_from") <= day and (until is None or day <= date.fromisoformat(until))


def heading(known: Known, unit: str, day: date) -> Event | None:
    """The assignment by which somebody heads the unit."""
    leading = [
        event
        for event in known.of("assignment.started.v1")
        if field(event, "unit") == unit and field(event, "head", False) and in_force(event, day)
    ]
    delegates = [event for event in leading if field(event, "basis") == "delegate"]
    definitive = [
        event
        for event in leading
        if field(event, "basis") == "definitive" and belonging(known, bare(event["subject"]), day) is event
    ]
    return max(delegates or definitive, key=lambda event: (day_in(event, "effective_from"), rank(event)), default=None)


def head(known: Known, unit: str, day: date) -> str | None:
    """head(u, d)."""
    by = heading(known, unit, day)
    return None if by is None else bare(by["subject"])


def first_head(known: Known, unit: str | None, day: date, but: str | None = None) -> str | None:
    """The first head on the walk of the unit who is not *but*."""
    for near in [] if unit is None else known.directory.walk(unit, day):
        found = head(known, near, day)
        if found is not None and found != but:
            return found
    return None


def supervisor(known: Known, person: str | None, day: date | None) -> str | None:
    """supervisor(p, d)."""
    by = None if person is None or day is None else belonging(known, person, day)
    if by is None or person is None or day is None:
        return None
    named: str | None = field(by, "supervisor")
    if named is not None and named != person:
        return named
    return first_head(known, field(by, "unit"), day, but=person)


def last_day(known: Known, person: str, period: Period) -> tuple[date | None, str | None]:
    """L and U: the last day of the period on which the person belongs to a unit, and that unit."""
    for day in reversed(period.days):
        unit = known.unit_of(person, day)
        if unit is not None:
            return day, unit
    return None, None


def evaluator(known: Known, person: str, period: Period) -> str | None:
    """evaluator(p, P) = supervisor(p, L)."""
    return supervisor(known, person, last_day(known, person, period)[0])


def segments(known: Known, person: str, period: Period) -> list[Segment]:
    """The maximal runs of days with equal unit and supervisor."""
    runs: list[Segment] = []
    for day in period.days:
        unit, over = known.unit_of(person, day), supervisor(known, person, day)
        if runs and (runs[-1].unit, runs[-1].supervisor) == (unit, over):
            runs[-1] = runs[-1]._replace(last=day)
        else:
            runs.append(Segment(day, day, unit, over))
    return runs
