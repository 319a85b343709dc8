"""The components of a card: which indicators are on it, and what each comes to (section 2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from tests.support.oracle.log import bare, field
from tests.support.oracle_cards import arithmetic
from tests.support.oracle_cards.arithmetic import Document, written
from tests.support.oracle_cards.known import Known
from tests.support.oracle_cards.periods import Period, before
from tests.support.oracle_cards.results import Result, results


@dataclass(frozen=True)
class Scope:
    """Whose figures, of which days, under which policy; *unit* and *on* say which kind counts."""

    subject: str
    period: Period
    days: tuple[date, ...]
    unit: str | None
    on: date | None
    document: Document
    is_whole: bool = True

    @property
    def is_unit(self) -> bool:
        """Whether the card is a unit's."""
        return self.subject.startswith("unit:")


@dataclass(frozen=True)
class Component:
    """One indicator, with exact figures."""

    group: str
    weight: Fraction
    status: str
    score: Fraction | None
    level: str | None
    shape: dict[str, Any]

    @property
    def is_ok(self) -> bool:
        """Whether it has a score."""
        return self.status == "ok"


def components(known: Known, scope: Scope) -> list[Component]:
    """The components in the order of the policy."""
    targets = results(known, scope.subject, scope.period.text) if scope.is_whole else {}
    fitting = [each for each in scope.document["indicators"] if fits(known, scope, each)]
    named = {each["source"]["result"] for each in fitting if each["source"].get("result", "*") in targets}
    made: list[Component] = []
    for each in fitting:
        code = each["source"].get("result")
        if code is None:
            made.extend(of_measure(known, scope, each))
        elif code == "*":
            made.extend(
                of_result(scope, each, result, f"{each['code']}/{found}", field(result.target, "name"))
                for found, result in targets.items()
                if found not in named and field(result.target, "class") == each["group"]
            )
        elif code in targets:
            made.append(of_result(scope, each, targets[code], each["code"], each["name"]))
    return made


def fits(known: Known, scope: Scope, indicator: Document) -> bool:
    """Whether `for`, `kinds` and `employees` fit."""
    if indicator["for"] not in ("both", "unit" if scope.is_unit else "person"):
        return False
    if indicator.get("kinds") is not None and kind_of(known, scope) not in indicator["kinds"]:
        return False
    return indicator.get("employees") is None or bare(scope.subject) in indicator["employees"]


def kind_of(known: Known, scope: Scope) -> str | None:
    """The kind of the scope's unit on its day."""
    if scope.unit is None or scope.on is None:
        return None
    version = known.directory.unit(scope.unit, scope.on)
    return None if version is None else field(version, "kind")


def of_measure(known: Known, scope: Scope, indicator: Document) -> Iterator[Component]:
    """The component of a measure, unless it is optional and nothing was counted."""
    measure = indicator["source"]["measure"]
    n, total = known.counts(scope.subject, scope.days)[measure]
    if n == 0 and indicator.get("optional", False):
        return
    status = "none" if n == 0 else "few" if n < indicator["min_n"] else "ok"
    v = arithmetic.value(measure, n, total)
    score = arithmetic.score(indicator["scale"], v) if v is not None and status == "ok" else None
    figures = {
        "n": n,
        "total": total,
        "value": written(v, arithmetic.value_digits(measure)),
        "interval": interval_shape(measure, n, total),
        "trend": trend(known, scope, indicator, (n, total)) if scope.is_whole else None,
        "band": None if v is None or status != "ok" else arithmetic.band(indicator.get("bands"), v),
        "target": None,
    }
    yield component(scope, indicator, status, score, figures | {"source": {"measure": measure}})


def of_result(scope: Scope, indicator: Document, result: Result, code: str, name: str) -> Component:
    """The component of a result."""
    c, scale = result.achievement, indicator["scale"]
    score = None
    if c is not None:
        at_most = field(result.target, "maximum", False) and c >= 1
        score = arithmetic.greatest_score(scale) if at_most else arithmetic.score(scale, 100 * c)
    figures = {
        **dict.fromkeys(("n", "total", "value", "interval", "trend", "band")),
        "source": {"result": field(result.target, "indicator")},
        "target": result.shape(),
        "code": code,
        "name": name,
    }
    return component(scope, indicator, result.status, score, figures)


def component(
    scope: Scope, indicator: Document, status: str, score: Fraction | None, figures: dict[str, Any]
) -> Component:
    """What all components have."""
    level = None if score is None else arithmetic.level(scope.document["suggestion"]["levels"], score)
    shape = {
        **{name: indicator[name] for name in ("code", "name", "group", "clause")},
        "weight": str(indicator["weight"]),
        "status": status,
        "score": written(score, 2),
        "level": level,
    }
    return Component(indicator["group"], Fraction(indicator["weight"]), status, score, level, shape | figures)


def interval_shape(measure: str, n: int, total: int) -> dict[str, str] | None:
    """The interval as it is written."""
    ends = arithmetic.interval(measure, n, total)
    return None if ends is None else {"low": ends[0], "high": ends[1]}


def trend(known: Known, scope: Scope, indicator: Document, now: tuple[int, int]) -> dict[str, Any] | None:
    """Against all days of the period before; None unless both have enough."""
    measure = indicator["source"]["measure"]
    then = known.counts(scope.subject, before(scope.period).days)[measure]
    if min(now[0], then[0]) < indicator["min_n"]:
        return None
    v, earlier = arithmetic.value(measure, *now), arithmetic.value(measure, *then)
    assert v is not None
    assert earlier is not None
    digits = arithmetic.value_digits(measure)
    return {
        "previous": written(earlier, digits),
        "change": written(v - earlier, digits),
        "direction": direction(arithmetic.interval(measure, *now), arithmetic.interval(measure, *then)),
    }


def direction(now: tuple[str, str] | None, then: tuple[str, str] | None) -> str | None:
    """Up or down where the written intervals do not touch; None for minutes, which have none."""
    if now is None or then is None:
        return None
    if Fraction(now[0]) > Fraction(then[1]):
        return "up"
    return "down" if Fraction(now[1]) < Fraction(then[0]) else "none"
