"""From the units' own days to the days of their trees."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from schemas.measures import NOTHING, Measure
from services.notifications.domain.indicators import ATTENDANCE, INDICATORS, Indicator, Tally, tally
from services.notifications.domain.units import Tree

FEWEST_FOR_AN_OUTAGE = 3


@dataclass(frozen=True, slots=True)
class UnitDay:
    """The measures of a unit's own people and services on a day, and whether that day is closed for it."""

    unit: str
    day: date
    closed: bool
    measures: Mapping[str, Measure]


@dataclass(slots=True)
class TreeDay:
    """The day of a unit and all below it: closed once every unit of it with data is."""

    kind: str
    closed: bool = True
    tallies: dict[Indicator, Tally] = field(default_factory=lambda: dict.fromkeys(INDICATORS, Tally(0, 0)))

    @property
    def open(self) -> bool:
        """Whether anybody was expected, served or asked."""
        return any(counted.n for counted in self.tallies.values())

    def add(self, own: UnitDay) -> None:
        """Count one unit in."""
        self.closed = self.closed and own.closed
        for indicator in INDICATORS:
            self.tallies[indicator] += evidence_of(indicator, own.measures)


def evidence_of(indicator: Indicator, measures: Mapping[str, Measure]) -> Tally:
    """
    The tally of a unit's own day, without what is no evidence.

    Three or more expected and not one present is a terminal that is off, not people who stayed away.
    """
    presence = measures.get("attendance.presence", NOTHING)
    if indicator is ATTENDANCE and presence.n >= FEWEST_FOR_AN_OUTAGE and presence.total == 0:
        return Tally(0, 0)
    return tally(indicator, measures)


def tree_days(own_days: Iterable[UnitDay], tree: Tree) -> dict[tuple[str, date], TreeDay]:
    """Sum the own days of one or more days over the tree as on each; a unit without a row that day adds nothing."""
    summed: dict[tuple[str, date], TreeDay] = {}
    for own in own_days:
        for version in tree.walk(own.unit, own.day):
            key = version.unit, own.day
            if key not in summed:
                summed[key] = TreeDay(version.kind)
            summed[key].add(own)
    return summed
