"""The scorecard of a person: a pure function of what is known about them, the organisation and a policy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.scoring.domain.directory import Directory
from services.scoring.domain.fact import Fact
from services.scoring.domain.figures import DayMeasures
from services.scoring.domain.measures import OF_PERSON, Measures, summed
from services.scoring.evaluation.assessment import Assessment, Leads, assess
from services.scoring.evaluation.components import Whose
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.governing_policy import GoverningPolicy
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.results import results_of
from services.scoring.evaluation.segments import Segment, last_in_a_unit
from services.scoring.evaluation.shapes import (
    Shape,
    groups_shape,
    indicator_shape,
    range_shape,
    segment_shape,
    suggested_shape,
)


@dataclass(frozen=True, slots=True)
class Figures:
    """
    Somebody's measures by day and what they agreed on, with or without what is disputed.

    *days* hold the period, the one before it, and all from 1 January on; *events* are those of the period.
    """

    days: DayMeasures
    events: Sequence[Stamped[Fact]]

    def sums(self, days: Iterable[date]) -> Measures:
        """Return the measures of these days, added up."""
        return summed((self.days[day] for day in days), OF_PERSON)


@dataclass(frozen=True, slots=True)
class Stretch:
    """
    The days that a card, or one segment of it, is about, and by which rules.

    *before*: the days of the period before, none for a segment; *whole*: a whole period, which has results.
    """

    segments: Sequence[Segment]
    governing: GoverningPolicy
    whose: Whose
    before: Sequence[date]
    whole: bool
    leads: Leads | None

    @property
    def days(self) -> Iterable[date]:
        return (day for segment in self.segments for day in segment.days)


def assessment(stretch: Stretch, figures: Figures) -> Assessment:
    """Return what the figures of a stretch come to."""
    before = figures.sums(stretch.before) if stretch.before else {}
    results = results_of(figures.events) if stretch.whole else None
    return assess(
        stretch.governing.policy, stretch.whose, figures.sums(stretch.days), before, results, leads=stretch.leads
    )


def is_open(directory: Directory, segments: Iterable[Segment]) -> bool:
    """Say whether some day is not closed for the unit of that day."""
    return any(
        segment.unit is not None and not directory.closed(segment.unit, day)
        for segment in segments
        for day in segment.days
    )


def figures_shape(stretch: Stretch, figures: Figures, without: Figures | None, directory: Directory) -> Shape:
    """Return what the figures say: segments, indicators, groups, suggestions, the range, and whether it may change."""
    found = assessment(stretch, figures)
    disputed = None if without is None else range_shape(assessment(stretch, without))
    return {
        "provisional": is_open(directory, stretch.segments) or disputed is not None,
        "policy": stretch.governing.shape,
        "segments": [segment_shape(each, figures.sums(each.days)) for each in stretch.segments],
        "indicators": [indicator_shape(each, found) for each in found.components],
        "groups": groups_shape(found),
        "suggested": suggested_shape(found.suggested),
        "range": disputed,
    }


def earliest(period: Period) -> date:
    """Return the first day whose figures a card of a period asks for: of the period before, or of the year."""
    return min(period.previous.first, date(period.year, 1, 1))


def home(segments: Sequence[Segment]) -> tuple[str, date] | None:
    """Return (U, L): the last day of the period on which the person belongs to a unit, and that unit; None without."""
    last = last_in_a_unit(segments)
    return None if last is None or last.unit is None else (last.unit, last.last)


def kind_of(directory: Directory, unit: str, on: date) -> str | None:
    """Return what kind of unit it is on a day; None where it is not registered."""
    state = directory.unit(unit, on)
    return None if state is None else state.kind
