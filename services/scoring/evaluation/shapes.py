"""The parts of a card as they are written (scoring.md section 7): fractions as decimal strings, moments in UTC."""

from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from services.scoring.domain.measures import BY_NAME, rendered
from services.scoring.evaluation.assessment import Assessment
from services.scoring.evaluation.components import KINDS, Component
from services.scoring.evaluation.index import Index, Suggested
from services.scoring.evaluation.results import Result, plain
from services.scoring.evaluation.segments import Segment
from services.scoring.evaluation.written import digits_of, written

Shape = dict[str, Any]


def moment(value: datetime) -> str:
    """Write a moment in UTC, a fraction of a second only if there is one: 2026-11-20T02:00:00Z."""
    there = value.astimezone(UTC)
    fraction = f".{there.microsecond:06d}".rstrip("0") if there.microsecond else ""
    return f"{there:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def figure(value: Fraction | None, digits: int) -> str | None:
    """Write a figure that may be missing."""
    return None if value is None else written(value, digits)


def groups_shape(assessment: Assessment) -> Shape:
    """Return {"hasil_kerja": {"index", "coverage", "status"}, ...}."""
    return {group: _index_shape(found) for group, found in assessment.indices.items()}


def _index_shape(found: Index) -> Shape:
    return {"index": figure(found.value, 2), "coverage": figure(found.coverage, 4), "status": found.status}


def suggested_shape(suggested: Mapping[str, Suggested | None]) -> Shape:
    """Return {"hasil_kerja": {"level", "clause"} or null, ...}."""
    return {group: found and {"level": found.level, "clause": found.clause} for group, found in suggested.items()}


def indicator_shape(component: Component, assessment: Assessment) -> Shape:
    """Return a row of "indicators"."""
    indicator, source = component.indicator, component.indicator.source
    share = assessment.share(component)
    contribution = None if share is None or component.score is None else share * component.score
    return {
        "code": component.code,
        "name": component.name,
        "group": indicator.group,
        "clause": indicator.clause,
        "source": {"measure": source.measure} if component.result is None else {"result": component.result.code},
        "weight": str(indicator.weight),
        "status": component.status,
        **_counted_shape(component),
        "interval": _interval_shape(component),
        "trend": _trend_shape(component),
        "band": component.band,
        "score": figure(component.score, 2),
        "level": component.level,
        "share": figure(share, 4),
        "contribution": figure(contribution, 2),
        "target": component.result and target_shape(component.result),
    }


def _counted_shape(component: Component) -> Shape:
    counted, measure = component.counted, component.indicator.source.measure
    if counted is None or measure is None:
        return {"n": None, "total": None, "value": None}
    return {"n": counted.n, "total": counted.total, "value": figure(component.value, BY_NAME[measure].digits)}


def _interval_shape(component: Component) -> Shape | None:
    kind = KINDS.get(component.indicator.source.measure or "")
    if component.ends is None or kind is None:
        return None
    low, high = (digits_of(end, kind.digits) for end in component.ends)
    return {"low": low, "high": high}


def _trend_shape(component: Component) -> Shape | None:
    trend, measure = component.trend, component.indicator.source.measure
    if trend is None or measure is None:
        return None
    digits = BY_NAME[measure].digits
    return {
        "previous": written(trend.previous, digits),
        "change": written(trend.change, digits),
        "direction": trend.direction,
    }


def target_shape(result: Result) -> Shape:
    """Return the "target" of a component that is a result."""
    fact, report = result.target.fact, result.report
    ranged = fact.direction == "range"
    return {
        "target": plain(fact.target),
        "upper": None if fact.upper is None else plain(fact.upper),
        "direction": fact.direction,
        "better": fact.better or "higher" if ranged else None,
        "maximum": fact.maximum,
        "realised": report and plain(report.fact.realised),
        "as_at": report and moment(report.fact.as_at),
        "achievement": figure(result.reached, 4),
        "adjusted": result.adjusted,
        "factors": list(result.factors),
    }


def range_shape(without: Assessment) -> Shape:
    """Return the figures without what is disputed."""
    shape: Shape = {
        "groups": groups_shape(without),
        "indicators": {
            each.code: {"status": each.status, **_counted_shape(each), "score": figure(each.score, 2)}
            for each in without.components
        },
    }
    return shape | ({"suggested": suggested_shape(without.suggested)} if without.suggested else {})


def segment_shape(segment: Segment, sums: Mapping[str, Any]) -> Shape:
    """Return a row of "segments"."""
    return {
        "from": segment.first.isoformat(),
        "to": segment.last.isoformat(),
        "unit": segment.unit,
        "supervisor": segment.supervisor,
        "measures": rendered(dict(sums)),
    }


def compared(assessment: Assessment) -> Shape:
    """Return what makes an issued evaluation restated when it changes: components, values, scores, indices."""
    rows = (indicator_shape(each, assessment) for each in assessment.components)
    components = {
        row["code"]: (row["value"], row["target"] and row["target"]["achievement"], row["score"]) for row in rows
    }
    return components | {group: each["index"] for group, each in groups_shape(assessment).items()}
