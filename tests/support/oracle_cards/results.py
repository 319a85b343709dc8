"""Targets and reports of a subject for a period, and what was achieved (section 3)."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.support.oracle import Event
from tests.support.oracle.log import field, instant, rank
from tests.support.oracle_cards.arithmetic import written
from tests.support.oracle_cards.known import Known, about, moment


@dataclass(frozen=True)
class Result:
    """A target with its report: `ok` with an achievement, `no_report` or `not_computable`."""

    target: Event
    report: Event | None
    adjusted: int

    @property
    def status(self) -> str:
        """Whether there is an achievement."""
        if self.report is None:
            return "no_report"
        return "not_computable" if self.achievement is None else "ok"

    @property
    def achievement(self) -> Fraction | None:
        """The c of the table, at least 0."""
        if self.report is None:
            return None
        c = achieved(self.target["data"], exact(self.report["data"]["realised"]))
        return None if c is None else max(c, Fraction(0))

    @property
    def missed(self) -> bool:
        """c < 1."""
        return self.achievement is not None and self.achievement < 1

    @property
    def factors(self) -> list[str]:
        """What held it back, by text."""
        return [] if self.report is None else sorted(field(self.report, "factors", []))

    def shape(self) -> dict[str, Any]:
        """The block `target` of an indicator."""
        data, report = self.target["data"], self.report
        is_range = data["direction"] == "range"
        return {
            "target": plain(data["target"]),
            "upper": plain(data["upper"]) if is_range else None,
            "direction": data["direction"],
            "better": field(self.target, "better", "higher") if is_range else None,
            "maximum": field(self.target, "maximum", False),
            "realised": None if report is None else plain(report["data"]["realised"]),
            "as_at": None if report is None else moment(instant(report["data"]["as_at"])),
            "achievement": written(self.achievement, 4),
            "adjusted": self.adjusted,
            "factors": self.factors,
        }


def exact(amount: Any) -> Fraction:
    """An amount as a number, whether written as one or as text."""
    return Fraction(Decimal(str(amount)))


def plain(amount: Any) -> str:
    """An amount in plain digits, zeros kept."""
    return format(Decimal(str(amount)), "f")


def achieved(data: dict[str, Any], r: Fraction) -> Fraction | None:
    """c before it is held at 0; None where a divisor is not above 0."""
    t = exact(data["target"])
    if data["direction"] == "higher":
        return over(r, t)
    if data["direction"] == "lower":
        if t == 0:
            return Fraction(int(r == 0))
        return under(r, t)
    upper = exact(data["upper"])
    if t <= r <= upper:
        return Fraction(1)
    to = upper if r > upper else t
    return under(r, to) if data.get("better") == "lower" else over(r, to)


def over(r: Fraction, by: Fraction) -> Fraction | None:
    """r / by."""
    return r / by if by > 0 else None


def under(r: Fraction, by: Fraction) -> Fraction | None:
    """2 - r / by."""
    return 2 - r / by if by > 0 else None


def results(known: Known, subject: str, period: str) -> dict[str, Result]:
    """The results of a subject for a period, by code in bytes."""
    targets = about(known.of("result.targeted.v1"), subject, period)
    reports = about(known.of("result.reported.v1"), subject, period)
    found = {}
    for code in sorted({field(each, "indicator") for each in targets}, key=str.encode):
        of_code = [each for each in targets if field(each, "indicator") == code]
        reported = [each for each in reports if field(each, "indicator") == code]
        report = max(reported, key=lambda each: (instant(each["data"]["as_at"]), rank(each)), default=None)
        found[code] = Result(max(of_code, key=rank), report, len(of_code) - 1)
    return found
