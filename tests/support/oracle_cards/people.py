"""A person's card."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.support.oracle import Event
from tests.support.oracle.counts import shown
from tests.support.oracle_cards.chain import Chain
from tests.support.oracle_cards.components import Scope
from tests.support.oracle_cards.contests import on_card, shape
from tests.support.oracle_cards.figures import Figures, figures, is_open, range_of
from tests.support.oracle_cards.known import Known
from tests.support.oracle_cards.organisation import Segment, last_day, segments
from tests.support.oracle_cards.periods import Period, inside
from tests.support.oracle_cards.policies import Governing, Policies
from tests.support.oracle_cards.ratings import ratings
from tests.support.oracle_cards.tables import absence, lateness, pp30

Written = tuple[dict[str, tuple[str | None, str | None]], dict[str, str | None]]
Earlier = Callable[[Event], "PersonCards"]
"""The cards as known when an event came to the log."""


class NoSuchSegment(LookupError):
    """The period has no such segment, or nobody's unit in it: 422."""


class PersonCards:
    """The cards of people in one state of knowledge."""

    def __init__(self, known: Known, policies: Policies, earlier: Earlier) -> None:
        self.known, self.policies, self.earlier = known, policies, earlier

    def governing(self, person: str, period: Period) -> Governing:
        """governing(U, P); without U that of everyone."""
        return self.policies.governing(last_day(self.known, person, period)[1], period.first)

    def whole(self, person: str, period: Period) -> Scope:
        """All days of the period."""
        last, unit = last_day(self.known, person, period)
        document = self.governing(person, period).document
        return Scope(f"employee:{person}", period, tuple(period.days), unit, last, document)

    def part(self, person: str, period: Period, one: Segment) -> Scope:
        """The days of a segment."""
        document = self.policies.governing(one.unit, period.first).document
        return Scope(f"employee:{person}", period, tuple(one.days), one.unit, one.last, document, is_whole=False)

    def chain(self, person: str, period: Period) -> Chain:
        """The evaluation."""
        clock = self.governing(person, period).document["clocks"]["evaluation"]
        return Chain(self.known, person, period, clock)

    def segment(self, person: str, period: Period, number: int) -> Segment:
        """A segment by its number, from 1."""
        runs = segments(self.known, person, period)
        if not 1 <= number <= len(runs) or runs[number - 1].unit is None:
            raise NoSuchSegment(number)
        return runs[number - 1]

    def card(self, person: str, period: Period, number: int | None) -> dict[str, Any]:
        """The card, or that of a segment."""
        scope, runs = self.whole(person, period), segments(self.known, person, period)
        policy = self.governing(person, period)
        if number is not None:
            one = self.segment(person, period, number)
            scope, runs = self.part(person, period, one), [one]
            policy = self.policies.governing(one.unit, period.first)
        return {
            "subject": f"employee:{person}",
            "period": period.text,
            "segment": number,
            "policy": policy.shape(),
            "segments": [self.segment_shape(person, each) for each in runs],
            **self.of_days(scope),
            **self.of_period(person, period),
        }

    def of_days(self, scope: Scope) -> dict[str, Any]:
        """What a segment has of its own days."""
        found = figures(self.known, scope)
        contested = on_card(self.known, scope.subject, scope.period, scope.days, is_whole=scope.is_whole)
        disputed = range_of(self.known, scope, contested)
        clock = scope.document["clocks"]["contest"]
        return {
            "provisional": disputed is not None or is_open(self.known, scope),
            "indicators": found.indicators(),
            "groups": found.group_shapes(),
            "suggested": found.suggested(),
            "range": disputed,
            "contests": [shape(self.known, each, clock) for each in contested],
            "lateness": lateness(self.known, scope.subject, scope.days, scope.document.get("lateness")),
        }

    def of_period(self, person: str, period: Period) -> dict[str, Any]:
        """What is always of the whole period."""
        document, scope = self.governing(person, period).document, self.whole(person, period)
        index = figures(self.known, scope).groups["hasil_kerja"].index
        chain = self.chain(person, period)
        return {
            "ratings": ratings(self.known, person, period, document),
            "evaluation": chain.shape(restated=self.is_restated(chain)),
            "inside": self.inside(person, period),
            "absence": absence(self.known, scope.subject, period.last, document.get("absence")),
            "pp30": pp30(self.known, person, period, index, document.get("pp30")),
        }

    def inside(self, person: str, period: Period) -> list[dict[str, str]]:
        """The predikat of the periods within, by text."""
        found = []
        for each in sorted(inside(period), key=lambda one: one.text):
            predikat = self.chain(person, each).predikat
            if predikat is not None:
                found.append({"period": each.text, "predikat": predikat["predikat"]})
        return found

    def is_restated(self, chain: Chain) -> bool:
        """Whether the figures differ from those known when D was recorded."""
        if chain.d is None:
            return False
        then = self.earlier(chain.d)
        return then.written(chain.person, chain.period) != self.written(chain.person, chain.period)

    def written(self, person: str, period: Period) -> Written:
        """The components with value and score, and the indices, as written."""
        found: Figures = figures(self.known, self.whole(person, period))
        return (
            {each.shape["code"]: (each.shape["value"], each.shape["score"]) for each in found.found},
            {name: group["index"] for name, group in found.group_shapes().items()},
        )

    def segment_shape(self, person: str, one: Segment) -> dict[str, Any]:
        """A segment with its measures."""
        return {
            "from": one.first.isoformat(),
            "to": one.last.isoformat(),
            "unit": one.unit,
            "supervisor": one.supervisor,
            "measures": shown(self.known.counts(f"employee:{person}", one.days)),
        }


def moment_of(recorded: dict[tuple[str, str], datetime], event: Event) -> datetime:
    """When an event came to the log."""
    return recorded[event["source"], event["id"]]
