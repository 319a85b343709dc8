"""What a policy suggests for many people, one after the other: what was worked out once is remembered."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from schemas.fields import Level
from schemas.policy.model import Policy
from services.scoring.domain.measures import Measures
from services.scoring.evaluation.assessment import HASIL_KERJA, PERILAKU, Leads, weighed
from services.scoring.evaluation.components import Entry, Whose, component_of, entries
from services.scoring.evaluation.index import Scored, Suggested
from services.scoring.evaluation.results import Result

T = TypeVar("T")

MOST_REMEMBERED = 20_000
"""Scores, and combinations of levels: some 10 MB."""


class Levels(NamedTuple):
    """What is suggested of a person; None: nothing is."""

    hasil_kerja: Level | None
    perilaku: Level | None


@dataclass(frozen=True, slots=True)
class PersonFigures:
    """All that suggestions rest on, whatever the policy; as on a card."""

    whose: Whose
    sums: Measures
    results: Sequence[Result]
    leads: Leads | None


class Suggesting:
    """The suggestions of one policy; *on_card* and *with_data*: its indicators met on some card, and met `ok`."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.on_card: set[str] = set()
        self.with_data: set[str] = set()
        self._scores: dict[Hashable, Scored] = {}
        self._levels: dict[Hashable, Levels] = {}

    def levels(self, person: PersonFigures) -> Levels:
        """Return the levels that the person's card under this policy suggests."""
        found = [
            (each.indicator.code, self._score(each))
            for each in entries(self.policy, person.whose, person.sums, person.results)
        ]
        key = (person.leads, *((code, scored.level) for code, scored in found))
        levels = self._levels.get(key)
        if levels is None:
            levels = _room_in(self._levels)[key] = self._worked_out(found, person.leads)
        return levels

    @property
    def no_data(self) -> list[str]:
        """The indicators that were on some card and had data enough on none, in the policy's order."""
        return [each.code for each in self.policy.indicators if each.code in self.on_card - self.with_data]

    def _score(self, entry: Entry) -> Scored:
        key = _key(entry)
        scored = self._scores.get(key)
        if scored is None:
            scored = _room_in(self._scores)[key] = component_of(self.policy, entry, None).scored
        return scored

    def _worked_out(self, found: Sequence[tuple[str, Scored]], leads: Leads | None) -> Levels:
        self.on_card |= {code for code, _ in found}
        self.with_data |= {code for code, scored in found if scored.score is not None}
        work = [scored for _, scored in found if scored.group != PERILAKU]
        behaviour = [scored for _, scored in found if scored.group == PERILAKU]
        _, suggested = weighed(self.policy, work, behaviour, leads)
        return Levels(_level(suggested[HASIL_KERJA]), _level(suggested[PERILAKU]))


def _level(suggested: Suggested | None) -> Level | None:
    return None if suggested is None else suggested.level


def _key(entry: Entry) -> Hashable:
    """What decides a score: what was counted, or what was reached of a target and whether more is possible."""
    code, counted, result = entry.indicator.code, entry.counted, entry.result
    if result is None:
        return code, counted and (counted.n, counted.total)
    reached = result.reached
    parts = None if reached is None else (reached.numerator, reached.denominator)
    return code, parts, result.target.fact.maximum


def _room_in(remembered: dict[Hashable, T]) -> dict[Hashable, T]:
    """Return the same memory, begun anew when it is full."""
    if len(remembered) >= MOST_REMEMBERED:
        remembered.clear()
    return remembered
