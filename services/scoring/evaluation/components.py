"""
The components of a card: each indicator with its value, and when it has data enough its score (scoring.md section 2).

Exact throughout; what is written is rounded where it is written.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from schemas.fields import Level
from schemas.measures import NOTHING, Measure
from schemas.policy.model import Indicator, Policy
from schemas.policy.rational import exact
from services.scoring.domain.measures import BY_NAME, Measures
from services.scoring.evaluation.index import Scored
from services.scoring.evaluation.interval import IKM, RATIO, Kind, interval
from services.scoring.evaluation.results import Result
from services.scoring.evaluation.scale import band, greatest, level, score

KINDS: Mapping[str, Kind | None] = {
    "attendance.presence": RATIO,
    "attendance.punctuality": RATIO,
    "attendance.late_minutes": None,  # no squares are kept
    "service.timeliness": RATIO,
    "service.satisfaction": IKM,
    "complaint.timeliness": RATIO,
}
"""What interval a measure has."""


class Whose(NamedTuple):
    """For whom a card is: a person, by id, or a unit; *kind* of the unit that decides which indicators are on it."""

    employee: str | None
    kind: str | None


class Trend(NamedTuple):
    """The value of the period before, and how it moved; *direction* None where no interval says."""

    previous: Fraction
    change: Fraction
    direction: str | None


@dataclass(frozen=True, slots=True)
class Component:
    """
    One row of a card. Of a measure *counted* and *value* v, of a result *result*, whose achievement is the value.

    *ends*: the interval in units of the last digit. *score*, *level* and *band* only if the status is ok.
    """

    code: str
    name: str
    indicator: Indicator
    status: str
    counted: Measure | None = None
    result: Result | None = None
    value: Fraction | None = None
    ends: tuple[int, int] | None = None
    trend: Trend | None = None
    score: Fraction | None = None
    level: Level | None = None
    band: str | None = None

    @property
    def scored(self) -> Scored:
        """What of it goes into an index."""
        return Scored(self.indicator.group, exact(self.indicator.weight), self.score, self.level)

    @property
    def is_behaviour(self) -> bool:
        return self.indicator.group == "perilaku"


def components(
    policy: Policy, whose: Whose, sums: Measures, before: Measures, results: Sequence[Result] | None
) -> list[Component]:
    """
    Return the components on a card, in the policy's order.

    *sums* are those of its days, *before* of the period before (empty: no trend). *results* None: of one segment, which
    has no results.
    """
    return [
        component_of(policy, each, before.get(each.indicator.source.measure or ""))
        for each in entries(policy, whose, sums, results)
    ]


class Entry(NamedTuple):
    """An indicator on a card under the code it has there, with what it is scored by: *counted* or *result*."""

    code: str
    indicator: Indicator
    counted: Measure | None = None
    result: Result | None = None


def entries(policy: Policy, whose: Whose, sums: Measures, results: Sequence[Result] | None) -> Iterator[Entry]:
    """Yield what is on a card, in the policy's order; the arguments as in `components`."""
    on_card = [each for each in policy.indicators if _is_on_card(each, whose, sums)]
    by_code = {result.code: result for result in results or ()}
    named = {each.source.result for each in on_card if each.source.result in by_code}
    rest = [result for result in results or () if result.code not in named]
    for indicator in on_card:
        measure, code = indicator.source.measure, indicator.source.result
        if measure is not None:
            yield Entry(indicator.code, indicator, sums.get(measure, NOTHING))
        elif code == "*":
            for result in rest:
                if result.target.fact.class_ == indicator.group:
                    yield Entry(f"{indicator.code}/{result.code}", indicator, result=result)
        elif code is not None and code in by_code:
            yield Entry(indicator.code, indicator, result=by_code[code])


def _is_on_card(indicator: Indicator, whose: Whose, sums: Measures) -> bool:
    kind = "unit" if whose.employee is None else "person"
    if indicator.for_ not in (kind, "both") or (indicator.kinds is not None and whose.kind not in indicator.kinds):
        return False
    if indicator.employees is not None and whose.employee not in indicator.employees:
        return False
    return not indicator.optional or sums.get(indicator.source.measure or "", NOTHING).n > 0


def component_of(policy: Policy, entry: Entry, before: Measure | None) -> Component:
    """Return the component that an entry is; *before*: the measure of the period before, None without a trend."""
    if entry.result is not None:
        return _of_result(policy, entry.indicator, entry.code, entry.result)
    assert entry.counted is not None
    assert entry.indicator.source.measure is not None
    return _of_measure(policy, entry.indicator, entry.indicator.source.measure, entry.counted, before)


def value_of(measure: str, counted: Measure) -> Fraction | None:
    """Return v = total / n, for satisfaction total x 25 / 9n; None when n = 0."""
    return Fraction(counted.total, counted.n) * BY_NAME[measure].scale if counted.n else None


def _ends(kind: Kind, counted: Measure) -> tuple[int, int]:
    return interval(kind, counted.n, counted.total)


def _of_measure(
    policy: Policy, indicator: Indicator, measure: str, counted: Measure, before: Measure | None
) -> Component:
    assert indicator.min_n is not None
    value, kind = value_of(measure, counted), KINDS[measure]
    ends = _ends(kind, counted) if kind is not None and counted.n else None
    status = "ok" if counted.n >= indicator.min_n else "few" if counted.n else "none"
    found = {"counted": counted, "value": value, "ends": ends, "trend": _trend(indicator, measure, counted, before)}
    if status != "ok" or value is None:
        return Component(indicator.code, indicator.name, indicator, status, **found)  # type: ignore[arg-type]
    reached = score(indicator.scale, value)
    return Component(
        indicator.code,
        indicator.name,
        indicator,
        status,
        score=reached,
        level=level(policy.suggestion.levels, reached),
        band=None if indicator.bands is None else band(indicator.bands, value),
        **found,  # type: ignore[arg-type]
    )


def _trend(indicator: Indicator, measure: str, counted: Measure, before: Measure | None) -> Trend | None:
    """Return how a value moved: only where both have data enough; a direction only where the intervals are apart."""
    assert indicator.min_n is not None
    if before is None or min(counted.n, before.n) < indicator.min_n:
        return None
    now, then, kind = value_of(measure, counted), value_of(measure, before), KINDS[measure]
    assert now is not None
    assert then is not None
    if kind is None:
        return Trend(then, now - then, None)
    (low, high), (low_then, high_then) = _ends(kind, counted), _ends(kind, before)
    return Trend(then, now - then, "up" if low > high_then else "down" if high < low_then else "none")


def _of_result(policy: Policy, indicator: Indicator, code: str, result: Result) -> Component:
    name = result.target.fact.name if indicator.source.result == "*" else indicator.name
    if result.reached is None:
        return Component(code, name, indicator, result.status, result=result)
    capped = result.target.fact.maximum and result.reached >= 1
    reached = greatest(indicator.scale) if capped else score(indicator.scale, 100 * result.reached)
    return Component(
        code,
        name,
        indicator,
        result.status,
        result=result,
        value=result.reached,
        score=reached,
        level=level(policy.suggestion.levels, reached),
    )
