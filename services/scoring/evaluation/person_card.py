"""The scorecard of a person: a pure function of what is known about them, the organisation and a policy."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from schemas.policy.model import Policy
from services.scoring.domain.days import days_between
from services.scoring.domain.directory import Directory
from services.scoring.domain.evaluation_facts import RatingGiven
from services.scoring.domain.fact import Fact
from services.scoring.domain.figures import Counted, measured
from services.scoring.domain.measures import OF_PERSON, Measures
from services.scoring.evaluation.assessment import HASIL_KERJA, Assessment, Leads, assess
from services.scoring.evaluation.components import Whose
from services.scoring.evaluation.contested import Contested
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.governing_policy import GoverningPolicy
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.proceedings import Released, contest_shape, evaluation_shape, feedback_shape
from services.scoring.evaluation.ratings import Ratings, inside, ratings_of, supervised_by
from services.scoring.evaluation.regime import Home, Regime
from services.scoring.evaluation.results import results_of
from services.scoring.evaluation.segments import Segment, last_in_a_unit
from services.scoring.evaluation.shapes import (
    Shape,
    figure,
    groups_shape,
    indicator_shape,
    range_shape,
    segment_shape,
    suggested_shape,
)
from services.scoring.evaluation.tables import DayState, absence, lateness, pp30_view
from services.scoring.evaluation.written import written

Events = Sequence[Stamped[Fact]]


@dataclass(frozen=True, slots=True)
class Figures:
    """
    Somebody's measures by day and what they agreed on, with or without what is disputed.

    *days* hold the period, the one before it, and all from 1 January on; *events* are those of the period.
    """

    days: Mapping[date, Counted]
    events: Events

    def sums(self, days: Iterable[date]) -> Measures:
        """Return the measures of these days, added up."""
        return measured([self.days[day] for day in days], OF_PERSON)

    def on(self, day: date) -> Measures:
        """Return the measures of a day."""
        return self.sums([day])


@dataclass(frozen=True, slots=True)
class PersonCase:
    """
    What a card rests on.

    *segments* of the whole period; *segment*: the number of the one that the card is about, None for all. *events* by
    period: this one and those inside it. *without*: the figures without what is disputed, None where nothing is.
    *leads*: of who heads the unit.
    """

    employee: str
    period: Period
    segments: Sequence[Segment]
    segment: int | None
    figures: Figures
    without: Figures | None
    events: Mapping[str, Events]
    contests: Sequence[Contested]
    released: Released | None
    leads: Leads | None

    @property
    def is_whole(self) -> bool:
        return self.segment is None

    @property
    def chosen(self) -> Sequence[Segment]:
        """The segments that the card is about."""
        return self.segments if self.segment is None else [self.segments[self.segment - 1]]

    @property
    def days(self) -> Iterator[date]:
        """The days that the card is about."""
        return (day for segment in self.chosen for day in segment.days)

    @property
    def place(self) -> Home | None:
        """The unit by whose policy and kind the card is made, and its last day."""
        last = last_in_a_unit(self.chosen)
        return None if last is None or last.unit is None else (last.unit, last.last)


def person_card(case: PersonCase, regime: Regime, *, restated: bool) -> Shape:
    """Return a card without what belongs to the answer alone."""
    unit = case.place[0] if case.place else None
    rules = regime.governing(unit, case.period)
    found = assessment(case, regime, case.figures)
    ratings = _ratings(case, regime)
    return {
        **_figured(case, regime, rules, found),
        "contests": [contest_shape(each, rules.policy.clocks.contest, regime) for each in case.contests],
        "ratings": _ratings_shape(case, regime, ratings),
        "evaluation": evaluation_shape(
            regime.evaluation(case.employee, case.period, case.figures.events), restated=restated
        ),
        "inside": _inside(case, regime),
        "lateness": _lateness(rules.policy, case),
        "absence": _absence(case, regime),
        "pp30": _pp30(case, regime, ratings, found if case.is_whole else None),
    }


def assessment(case: PersonCase, regime: Regime, figures: Figures) -> Assessment:
    """Return what the figures of the chosen days come to."""
    return _assessed(case, regime, figures, regime.governing(case.place[0] if case.place else None, case.period))


def _assessed(case: PersonCase, regime: Regime, figures: Figures, rules: GoverningPolicy) -> Assessment:
    kind = regime.kind(*case.place) if case.place else None
    before, results = {}, None
    if case.is_whole:
        before = figures.sums(days_between(case.period.previous.first, case.period.previous.last))
        results = results_of(figures.events)
    whose = Whose(case.employee, kind)
    return assess(rules.policy, whose, figures.sums(case.days), before, results, case.leads)


def _figured(case: PersonCase, regime: Regime, rules: GoverningPolicy, found: Assessment) -> Shape:
    """Segments, components, groups, suggestions, the range, and whether all this may still change."""
    disputed = None if case.without is None else range_shape(_assessed(case, regime, case.without, rules))
    return {
        "policy": rules.shape,
        "provisional": is_open(regime.directory, case.chosen) or disputed is not None,
        "segments": [segment_shape(each, case.figures.sums(each.days)) for each in case.chosen],
        "indicators": [indicator_shape(each, found) for each in found.components],
        "groups": groups_shape(found),
        "suggested": suggested_shape(found.suggested),
        "range": disputed,
    }


def is_open(directory: Directory, segments: Iterable[Segment]) -> bool:
    """Say whether some day is not closed for the unit of that day."""
    return any(
        segment.unit is not None and not directory.closed(segment.unit, day)
        for segment in segments
        for day in segment.days
    )


def _ratings(case: PersonCase, regime: Regime) -> Ratings:
    given = [
        Stamped(each.stamp, each.type, each.subject, each.fact)
        for each in case.figures.events
        if isinstance(each.fact, RatingGiven)
    ]
    return ratings_of(case.employee, given, supervised_by(case.employee, case.period, regime.organisation))


def _ratings_shape(case: PersonCase, regime: Regime, ratings: Ratings) -> Shape:
    home = regime.home(case.employee, case.period)
    unit = home and home[0]
    rules = regime.governing(unit, case.period).policy.feedback
    return {
        "self": ratings.own and ratings.own.written(),
        "supervisor": [each.written() for each in ratings.supervisors],
        "feedback": feedback_shape(rules, case.period, unit, case.released, regime.calendar),
    }


def _inside(case: PersonCase, regime: Regime) -> list[dict[str, str]]:
    """The predikat in force of the shorter periods within this one."""
    in_force = {}
    for text in case.period.inside:
        if events := case.events.get(text):
            predikat = regime.evaluation(case.employee, Period.of(text), events).predikat
            in_force[text] = None if predikat is None else predikat.predikat
    return inside(case.period, in_force)


def _state(day: Counted) -> DayState:
    if not (day.workday and day.closed and day.counters.heads):
        return "other"
    return "present" if day.counters.present else "absent"


def _lateness(policy: Policy, case: PersonCase) -> Shape | None:
    if policy.lateness is None:
        return None
    days = [case.figures.days[day] for day in case.days]
    minutes = [day.counters.late_minutes for day in days if day.workday and day.counters.timed]
    found = lateness(policy.lateness, minutes, sum(_state(day) == "absent" for day in days))
    return {"days": found.days, "absent": found.absent, "percent": written(found.percent, 2)}


def _absence(case: PersonCase, regime: Regime) -> Shape | None:
    """Of the year up to the end of the period, also on the card of a segment."""
    home = regime.home(case.employee, case.period)
    policy = regime.governing(home and home[0], case.period).policy
    if policy.absence is None:
        return None
    days = days_between(date(case.period.year, 1, 1), case.period.last)
    found = absence(policy.absence, (_state(case.figures.days[day]) for day in days))
    return {"days": found.days, "longest": found.longest, "step": found.step}


def _pp30(case: PersonCase, regime: Regime, ratings: Ratings, found: Assessment | None) -> Shape | None:
    """The view of PP 30/2019, of the whole period also on the card of a segment."""
    home = regime.home(case.employee, case.period)
    rules = regime.governing(home and home[0], case.period)
    if rules.policy.pp30 is None:
        return None
    evaluator = None if home is None else regime.organisation.supervisor(case.employee, home[1])
    rated = ratings.by(evaluator)
    whole = found or _assessed(_whole(case), regime, case.figures, rules)
    own = [] if rated is None else list(rated.event.fact.behaviours.values())
    released = case.released.levels if case.released is not None and not case.released.is_hidden else []
    view = pp30_view(rules.policy.pp30, whole.indices[HASIL_KERJA].value, own, released)
    if view is None:
        return None
    return {
        "value": figure(view.value, 2),
        "skp": figure(view.skp, 2),
        "perilaku": figure(view.perilaku, 2),
        "category": view.category,
        "idea_needed": view.idea_needed,
    }


def _whole(case: PersonCase) -> PersonCase:
    return replace(case, segment=None)


def earliest(period: Period) -> date:
    """Return the first day whose figures a card of a period asks for: of the period before, or of the year."""
    return min(period.previous.first, date(period.year, 1, 1))
