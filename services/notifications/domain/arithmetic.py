"""The integer arithmetic of the detector: every quantity that is summed or compared from day to day is a whole number.

Evidence is in micro-nats, counts and ratios in millionths, failure probabilities on a grid of 1/10000. Logarithms and
exponentials are taken with Decimal, whose ln, exp and sqrt are correctly rounded, on first use and kept: no table is
shipped, and every machine has the same one.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from functools import cache

MICRO = 1_000_000
GRID = 10_000
WORST = 9_000
HALVED_IN_120_DAYS = 4_270_230_105
MARGIN_ROWS = 20_000

EXACT = Context(prec=28, rounding=ROUND_HALF_EVEN)


def decay(amount: int) -> int:
    """*amount* one working day later: it halves in 120 of them."""
    return amount * HALVED_IN_120_DAYS >> 32


@cache
def log_odds(odds: Decimal) -> int:
    """What one whole failure weighs, in micro-nats: ln(odds). Example: 2.5 -> 916291."""
    with localcontext(EXACT):
        return _whole(odds.ln() * MICRO)


@cache
def log_growth(odds: Decimal, chance: int) -> int:
    """
    What one try costs, in micro-nats: ln(1 + (odds - 1) q), with q = *chance* / 10000. Example: 2.5, 600 -> 86178.
    """
    with localcontext(EXACT):
        return _whole((1 + (odds - 1) * chance / GRID).ln() * MICRO)


@cache
def margin(quarters: int) -> int:
    """
    The benefit of the doubt, in millionths, for a history worth *quarters* quarter failures: exp(sqrt(4 / quarters)).

    Above 20000 quarters it no longer narrows. Example: 40 -> 1371943 (ten failures: x 1.372).
    """
    rows = min(MARGIN_ROWS, max(1, quarters))
    with localcontext(EXACT):
        return _whole((Decimal(4) / rows).sqrt().exp() * MICRO)


def dispersion(base_ppm: int, crowding_ppm: int, n: int) -> int:
    """
    By how much a day of *n* tries scatters more than coins would, in millionths.

    Example: 0.99 and 0.009 with n = 11 -> 1079100.
    """
    return base_ppm * (MICRO + crowding_ppm * max(0, n - 1)) // MICRO


def _whole(value: Decimal) -> int:
    return int(value.to_integral_value(rounding=ROUND_HALF_EVEN))
