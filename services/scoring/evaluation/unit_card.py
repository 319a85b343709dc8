"""The scorecard of a unit: its figures, and what held back the targets of its tree (scoring.md sections 2, 3 and 7)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.scoring.domain.fact import Fact
from services.scoring.domain.measures import Measures
from services.scoring.evaluation.assessment import Assessment, assess
from services.scoring.evaluation.components import Whose
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.governing_policy import GoverningPolicy
from services.scoring.evaluation.results import Result, results_of
from services.scoring.evaluation.shapes import Shape, groups_shape, indicator_shape, range_shape


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """A unit's measures over the period and the one before, and its own targets and reports."""

    sums: Measures
    before: Measures
    events: Sequence[Stamped[Fact]]


def unit_assessment(governing: GoverningPolicy, kind: str | None, figures: UnitFigures) -> Assessment:
    """Return what a unit's figures come to."""
    results = results_of(figures.events)
    return assess(governing.policy, Whose(None, kind), figures.sums, figures.before, results)


def unit_shape(
    governing: GoverningPolicy, kind: str | None, figures: UnitFigures, without: UnitFigures | None, *, is_open: bool
) -> Shape:
    """Return what a unit's figures say; *is_open*: some day of the period is not closed for it."""
    found = unit_assessment(governing, kind, figures)
    disputed = None if without is None else range_shape(unit_assessment(governing, kind, without))
    return {
        "provisional": is_open or disputed is not None,
        "policy": governing.shape,
        "indicators": [indicator_shape(each, found) for each in found.components],
        "groups": groups_shape(found),
        "range": disputed,
    }


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
