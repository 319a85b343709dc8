"""The scorecard of a unit: its figures, and what held back the targets of its tree (scoring.md sections 2, 3 and 7)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.policy.model import Distribution
from services.scoring.domain.days import days_between
from services.scoring.domain.evaluation_facts import CapaianSet
from services.scoring.domain.fact import Fact
from services.scoring.domain.measures import Measures
from services.scoring.evaluation.assessment import Assessment, assess
from services.scoring.evaluation.capaian import capaian_set
from services.scoring.evaluation.chain import reference
from services.scoring.evaluation.components import Whose
from services.scoring.evaluation.contested import Contested
from services.scoring.evaluation.cycle import Evaluation
from services.scoring.evaluation.distribution import distribution
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.governing_policy import GoverningPolicy
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.proceedings import contest_shape, event_shape
from services.scoring.evaluation.regime import Regime, capaian_of
from services.scoring.evaluation.results import Result, results_of
from services.scoring.evaluation.shapes import Shape, groups_shape, indicator_shape, range_shape


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """A unit's measures over the period and the one before, and its own targets and reports."""

    sums: Measures
    before: Measures
    events: Sequence[Stamped[Fact]]


def _assessed(rules: GoverningPolicy, kind: str | None, figures: UnitFigures) -> Assessment:
    results = results_of(figures.events)
    return assess(rules.policy, Whose(None, kind), figures.sums, figures.before, results)


@dataclass(frozen=True, slots=True)
class UnitCase:
    """
    What a unit's card rests on.

    *without*: its figures without what is disputed, None where nothing is. *contests* on the card, of people's events,
    too. *about*: what is known of the period about each subject of the tree, and about the group. *candidates*: whoever
    may be in the group of the distribution.
    """

    code: str
    period: Period
    figures: UnitFigures
    without: UnitFigures | None
    contests: Sequence[Contested]
    capaian: Sequence[Stamped[Fact]]
    about: Mapping[str, Sequence[Stamped[Fact]]]
    subjects: Sequence[str]
    people: Sequence[str]
    candidates: Collection[str]

    @property
    def results(self) -> Iterator[tuple[str, Result]]:
        """The targets of the tree with their subjects."""
        return ((each, result) for each in self.subjects for result in results_of(self.about.get(each, ())))


def assessed(case: UnitCase, regime: Regime) -> Assessment:
    """Return what a unit's figures come to."""
    rules, kind = regime.governing(case.code, case.period), regime.kind(case.code, case.period.last)
    return _assessed(rules, kind, case.figures)


def unit_card(case: UnitCase, regime: Regime) -> Shape:
    """Return a card without what belongs to the answer alone."""
    period, code = case.period, case.code
    rules, kind = regime.governing(code, period), regime.kind(code, period.last)
    found = _assessed(rules, kind, case.figures)
    disputed = None if case.without is None else range_shape(_assessed(rules, kind, case.without))
    is_open = any(not regime.directory.closed(code, day) for day in days_between(period.first, period.last))
    of_units = [each for each in case.contests if each.event.subject.startswith("unit:")]
    return {
        "policy": rules.shape,
        "provisional": is_open or disputed is not None,
        "indicators": [indicator_shape(each, found) for each in found.components],
        "groups": groups_shape(found),
        "range": disputed,
        "contests": [contest_shape(each, rules.policy.clocks.contest, regime) for each in of_units],
        **_people(case, regime, rules),
        **held_back(case.results),
    }


def _people(case: UnitCase, regime: Regime, rules: GoverningPolicy) -> Shape:
    """The capaian, and how the evaluations of the head's group stand and are spread."""
    capaian = capaian_set(
        [each for each in capaian_of(case.capaian) if each.fact.period == case.period.text], regime.organisation
    )
    used = regime.used_capaian(case.code, case.period, case.capaian)
    evaluations = group(case, regime, rules.policy.distribution)
    predikats = {person: each.predikat.predikat if each.predikat else None for person, each in evaluations.items()}
    spread = rules.policy.distribution and distribution(
        rules.policy.distribution, predikats, None if used is None else used.capaian
    )
    states = Counter(each.state for each in evaluations.values())
    return {
        "capaian": capaian and _capaian_shape(capaian),
        "used": used and {"period": used.period, "capaian": used.capaian},
        "evaluations": dict(sorted(states.items())),
        "distribution": spread and spread.written(),
    }


def _capaian_shape(event: Stamped[CapaianSet]) -> Shape:
    return {
        "capaian": event.fact.capaian,
        "setter": event.fact.setter,
        "reason": event.fact.reason,
        "event": event_shape(reference(event)),
    }


def group(case: UnitCase, regime: Regime, rules: Distribution | None) -> dict[str, Evaluation]:
    """
    Return the evaluations of the people of whom a head is the evaluator; over the tree, of all others in it.

    Without a head on the last day of the period it is empty.
    """
    head = regime.organisation.head(case.code, case.period.last)
    if head is None:
        return {}
    if rules is not None and rules.over == "tree":
        people = [each for each in case.people if each != head]
    else:
        people = [each for each in sorted(case.candidates) if _evaluator(regime, each, case.period) == head]
    return {each: regime.evaluation(each, case.period, case.about.get(f"employee:{each}", ())) for each in people}


def _evaluator(regime: Regime, person: str, period: Period) -> str | None:
    home = regime.home(person, period)
    return None if home is None else regime.organisation.supervisor(person, home[1])


def held_back(results: Iterable[tuple[str, Result]]) -> Shape:
    """
    Return "obstacles" and "missed" of targets given with their subjects.

    Per factor that a missed one's report names: how many, and of how many subjects; most first, then by code.
    """
    listed = list(results)
    missed = [(subject, result) for subject, result in listed if result.is_missed]
    times: Counter[str] = Counter()
    subjects: dict[str, set[str]] = defaultdict(set)
    for subject, result in missed:
        for factor in set(result.factors):
            times[factor] += 1
            subjects[factor].add(subject)
    ranked = sorted(times, key=lambda factor: (-times[factor], factor))
    return {
        "obstacles": [
            {"factor": factor, "missed": times[factor], "subjects": len(subjects[factor])} for factor in ranked
        ],
        "missed": {
            "targets": len(listed),
            "missed": len(missed),
            "unnamed": sum(not result.factors for _, result in missed),
            "no_report": sum(result.report is None for _, result in listed),
        },
    }
