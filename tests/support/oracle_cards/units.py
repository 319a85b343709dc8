"""A unit's card."""

from typing import Any

from tests.support.oracle.log import bare, field
from tests.support.oracle_cards.capaian import capaian_shape, used, used_shape
from tests.support.oracle_cards.chain import all_states
from tests.support.oracle_cards.components import Scope
from tests.support.oracle_cards.contests import on_card, shape
from tests.support.oracle_cards.distribution import distribution
from tests.support.oracle_cards.figures import figures, is_open, range_of
from tests.support.oracle_cards.known import Known
from tests.support.oracle_cards.organisation import evaluator, head
from tests.support.oracle_cards.people import PersonCards
from tests.support.oracle_cards.periods import Period
from tests.support.oracle_cards.policies import Policies
from tests.support.oracle_cards.results import Result, results


class UnitCards:
    """The cards of units in one state of knowledge."""

    def __init__(self, known: Known, policies: Policies, people: PersonCards) -> None:
        self.known, self.policies, self.people = known, policies, people

    def card(self, code: str, period: Period) -> dict[str, Any]:
        """The card."""
        policy = self.policies.governing(code, period.first)
        scope = Scope(f"unit:{code}", period, tuple(period.days), code, period.last, policy.document)
        found = figures(self.known, scope)
        contested = on_card(self.known, scope.subject, period, scope.days, is_whole=True)
        disputed = range_of(self.known, scope, contested)
        clock = policy.document["clocks"]["contest"]
        return {
            "subject": scope.subject,
            "period": period.text,
            "segment": None,
            "policy": policy.shape(),
            "provisional": disputed is not None or is_open(self.known, scope),
            "indicators": found.indicators(),
            "groups": found.group_shapes(),
            "range": disputed,
            "contests": [
                shape(self.known, each, clock) for each in contested if each.event["subject"].startswith("unit:")
            ],
            "capaian": capaian_shape(self.known, code, period),
            "used": used_shape(self.known, code, period),
            **self.of_people(code, period, policy.document.get("distribution")),
            **held_back(self.results(code, period)),
        }

    def of_people(self, code: str, period: Period, table: dict[str, Any] | None) -> dict[str, Any]:
        """How evaluations stand, and how the predikat are distributed."""
        chains = [self.people.chain(each, period) for each in self.group(code, period, table)]
        predikat = [each.predikat["predikat"] for each in chains if each.predikat is not None]
        achieved = used(self.known, code, period)
        capaian = None if achieved is None else field(achieved[1], "capaian")
        return {
            "evaluations": all_states(chains),
            "distribution": distribution(len(chains), predikat, capaian, table),
        }

    def group(self, code: str, period: Period, table: dict[str, Any] | None) -> list[str]:
        """Whose predikat are looked at together: of one rater, or of the tree."""
        leader = head(self.known, code, period.last)
        if leader is None:
            return []
        if table is not None and table.get("over", "rater") == "tree":
            return [
                each
                for each in self.known.people()
                if each != leader and self.known.in_tree(code, self.known.unit_of(each, period.last), period.last)
            ]
        return [each for each in self.known.people() if evaluator(self.known, each, period) == leader]

    def results(self, code: str, period: Period) -> list[tuple[str, Result]]:
        """The results of the units and people of the tree on the last day, with their subjects."""
        targeted = {each["subject"] for each in self.known.of("result.targeted.v1")}
        found: list[tuple[str, Result]] = []
        for subject in targeted:
            own = bare(subject)
            unit = own if subject.startswith("unit:") else self.known.unit_of(own, period.last)
            if self.known.in_tree(code, unit, period.last):
                found.extend((subject, each) for each in results(self.known, subject, period.text).values())
        return found


def held_back(found: list[tuple[str, Result]]) -> dict[str, Any]:
    """What held results back."""
    missed = [(subject, each) for subject, each in found if each.missed]
    factors = {factor for _, each in missed for factor in each.factors}
    obstacles = [
        {
            "factor": factor,
            "missed": sum(factor in each.factors for _, each in missed),
            "subjects": len({subject for subject, each in missed if factor in each.factors}),
        }
        for factor in factors
    ]
    return {
        "obstacles": sorted(obstacles, key=lambda row: (-int(str(row["missed"])), str(row["factor"]))),
        "missed": {
            "targets": len(found),
            "missed": len(missed),
            "unnamed": sum(not each.factors for _, each in missed),
            "no_report": sum(each.status == "no_report" for _, each in found),
        },
    }
