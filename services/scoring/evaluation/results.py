"""Targets and what was reported on them, for one subject and period (scoring.md section 3)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeVar

from services.scoring.domain.evaluation_facts import ResultReported, ResultTargeted
from services.scoring.domain.fact import Fact
from services.scoring.evaluation.achievement import Better, Direction, Target, achievement
from services.scoring.evaluation.evidence import Stamped

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Result:
    """
    One target in force and the report that counts; *adjusted*: how many earlier ones of it stand.

    *reached* is the achievement c, None without a report and where it cannot be computed.
    """

    target: Stamped[ResultTargeted]
    report: Stamped[ResultReported] | None
    adjusted: int
    reached: Fraction | None

    @property
    def code(self) -> str:
        return self.target.fact.indicator

    @property
    def status(self) -> str:
        if self.report is None:
            return "no_report"
        return "not_computable" if self.reached is None else "ok"

    @property
    def factors(self) -> tuple[str, ...]:
        """What held it back, as the report says, by text."""
        return () if self.report is None else tuple(sorted(self.report.fact.factors))

    @property
    def is_missed(self) -> bool:
        """Whether less than the target was reached."""
        return self.reached is not None and self.reached < 1


def results_of(events: Iterable[Stamped[Fact]]) -> list[Result]:
    """
    Return the results of one subject and period by indicator, in the order of its bytes.

    Of targets the greatest stamp is in force, of reports the greatest (as_at, stamp); one without a target is none.
    """
    targets: dict[str, list[Stamped[ResultTargeted]]] = defaultdict(list)
    reports: dict[str, list[Stamped[ResultReported]]] = defaultdict(list)
    for event in events:
        fact = event.fact
        if isinstance(fact, ResultTargeted):
            targets[fact.indicator].append(Stamped(event.stamp, event.type, event.subject, fact))
        elif isinstance(fact, ResultReported):
            reports[fact.indicator].append(Stamped(event.stamp, event.type, event.subject, fact))
    return [_result(targets[code], reports.get(code, ())) for code in sorted(targets)]


def _result(targets: Sequence[Stamped[ResultTargeted]], reports: Sequence[Stamped[ResultReported]]) -> Result:
    target = _greatest(targets, lambda each: each.stamp)
    report = _greatest(reports, lambda each: (each.fact.as_at, each.stamp)) if reports else None
    reached = None
    if report is not None:
        said = target.fact
        reached = _reached(said.target, said.direction, said.upper, said.better or "higher", report.fact.realised)
    return Result(target, report, len(targets) - 1, reached)


def _greatest(events: Sequence[T], by: Callable[[T], Any]) -> T:
    return events[0] if len(events) == 1 else max(events, key=by)


@lru_cache(maxsize=20_000)
def _reached(
    target: Decimal, direction: Direction, upper: Decimal | None, better: Better, realised: Decimal
) -> Fraction | None:
    """Return the achievement; many people agree on the same round numbers."""
    agreed = Target(Fraction(target), direction, None if upper is None else Fraction(upper), better)
    return achievement(agreed, Fraction(realised))


def plain(amount: Decimal) -> str:
    """Write an amount in plain digits, its zeros kept: 0.80 -> "0.80", 1E+3 -> "1000"."""
    return format(amount, "f")
