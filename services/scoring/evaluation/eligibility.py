"""
Who may say something about whom under seal: peers and subordinates on a day, and for a period (scoring.md section 5).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Literal, NamedTuple, Protocol

from services.scoring.domain.days import ONE_DAY
from services.scoring.domain.facts import UnitRegistered

Relation = Literal["peer", "subordinate"]
RELATIONS: tuple[Relation, ...] = ("peer", "subordinate")
"""In the order in which a release names its groups."""


class Chart(Protocol):
    """Who supervises whom, and who belongs where, on a day."""

    def supervisor(self, person: str, on: date) -> str | None:
        """Return who supervises a person."""

    def unit(self, person: str, on: date) -> str | None:
        """Return the unit a person belongs to."""


class Tree(Protocol):
    """The units by dates."""

    def walk(self, code: str, on: date) -> tuple[str, ...]:
        """Return the unit, its parent, and so on."""

    def unit(self, code: str, on: date) -> UnitRegistered | None:
        """Return the unit's state."""


class Span(NamedTuple):
    """Days in a row, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


class Eligibility:
    """Judges by a chart and the tree of units; with *pool*, a kind of units, peers are those of one such unit."""

    def __init__(self, chart: Chart, tree: Tree, pool: str | None = None) -> None:
        self._chart, self._tree, self._pool = chart, tree, pool

    def holds(self, relation: Relation, rater: str, ratee: str, on: date) -> bool:
        """Say whether somebody is eligible as the ratee's peer or subordinate on a day."""
        if rater == ratee:
            return False
        if relation == "subordinate":
            return self._chart.supervisor(rater, on) == ratee
        return self._share_a_pool(rater, ratee, on) if self._pool is not None else self._share_a_head(rater, ratee, on)

    def _share_a_head(self, rater: str, ratee: str, on: date) -> bool:
        supervisor = self._chart.supervisor(ratee, on)
        return supervisor is not None and self._chart.supervisor(rater, on) == supervisor

    def _share_a_pool(self, rater: str, ratee: str, on: date) -> bool:
        pool = self.pool_of(ratee, on)
        if pool is None or self.pool_of(rater, on) != pool:
            return False
        return self._chart.supervisor(rater, on) != ratee and self._chart.supervisor(ratee, on) != rater

    def pool_of(self, person: str, on: date) -> str | None:
        """Return the nearest unit of the pool's kind on the walk of the person's unit."""
        unit = self._chart.unit(person, on)
        if unit is None:
            return None
        states = ((code, self._tree.unit(code, on)) for code in self._tree.walk(unit, on))
        return next((code for code, state in states if state is not None and state.kind == self._pool), None)

    def days(self, relation: Relation, rater: str, ratee: str, spans: Iterable[Span]) -> int:
        """Return on how many days of *spans* somebody is eligible; nothing may change within one of them."""
        return sum(span.days for span in spans if self.holds(relation, rater, ratee, span.first))


def spans_of(first: date, last: date, changes: Collection[date]) -> list[Span]:
    """Cut *first*..*last* before each day on which something changes."""
    starts = [first, *sorted({day for day in changes if first < day <= last}), last + ONE_DAY]
    return [Span(start, following - ONE_DAY) for start, following in pairwise(starts)]


def home(chart: Chart, person: str, spans: Sequence[Span]) -> tuple[str, date] | None:
    """Return the unit to which a person belongs last in *spans*, and the last such day: U and L of the law."""
    for span in reversed(spans):
        unit = chart.unit(person, span.first)
        if unit is not None:
            return unit, span.last
    return None


def supervisors_of(chart: Chart, person: str, spans: Iterable[Span]) -> Iterator[str]:
    """Yield who supervises a person in each of *spans*, if anybody."""
    for span in spans:
        supervisor = chart.supervisor(person, span.first)
        if supervisor is not None:
            yield supervisor
