"""The detector by its formulas, in rationals and long decimals, from the whole list of days: slow and written apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction

from services.notifications.domain.evidence import Fact
from services.notifications.domain.indicators import Indicator

DECAY = Fraction(4_270_230_105, 2**32)


@dataclass(frozen=True)
class Expectation:
    """What is held against one day: the failure probability with margin, and the dispersion."""

    q0: Fraction
    phi: Fraction


def logarithm(value: Fraction) -> Fraction:
    """ln to forty digits."""
    with localcontext() as context:
        context.prec = 40
        return Fraction((Decimal(value.numerator) / Decimal(value.denominator)).ln())


def margin(value: Fraction) -> Fraction:
    """exp(sqrt(value)) to forty digits."""
    with localcontext() as context:
        context.prec = 40
        return Fraction((Decimal(value.numerator) / Decimal(value.denominator)).sqrt().exp())


def expectation(
    on: date, facts: Mapping[date, Fact], case_days: frozenset[date], indicator: Indicator, strength: int
) -> Expectation:
    """q0 and phi of the day *on*: history is every fact at least 28 days older on which no case was open."""
    own = pool = Fraction(0)
    for day in sorted(facts):
        fact = facts[day]
        if day > on - timedelta(days=28) or day in case_days or not fact.tally.n:
            continue
        level = Fraction(fact.level_ppm, 10**6)
        own = own * DECAY + Fraction(fact.tally.failures, indicator.parts)
        pool = pool * DECAY + fact.tally.n * level
    tally = facts[on].tally
    phi = Fraction(indicator.dispersion_ppm, 10**6) * (1 + Fraction(indicator.crowding_ppm, 10**6) * (tally.n - 1))
    ratio = (own + strength) / (pool + strength) * margin(phi / (own + strength))
    q0 = min(Fraction(9, 10), Fraction(facts[on].level_ppm, 10**6) * ratio)
    return Expectation(q0, phi)


def evidence(fact: Fact, expected: Expectation, indicator: Indicator) -> Fraction:
    """The day's evidence in nats, before any limit."""
    odds = Fraction(indicator.odds)
    failures = Fraction(fact.tally.failures, indicator.parts)
    return (failures * logarithm(odds) - fact.tally.n * logarithm(1 + (odds - 1) * expected.q0)) / expected.phi
