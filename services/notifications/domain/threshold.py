"""Where the line lies: from one number, the false alarms a stream may raise in a year, and how much the stream sees.

Made once a month from settled days, rounded to a thousandth of a nat and from then on a whole number of micro-nats.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from services.notifications.domain.arithmetic import EXACT, GRID, MICRO, decay, dispersion
from services.notifications.domain.indicators import Indicator

WORKING_DAYS_A_YEAR = 240
FLOOR = Decimal(2)
FIRST = 5 * MICRO

# Fitted by simulation on streams without a drop, residual 0.28 nats; to be fitted again on a year of real quiet data.
_CONSTANT = Decimal("-0.340")
_PER_EFFECTIVE_FAILURE = Decimal("1.241")
_OVERSHOOT_OF_A_DAY = Decimal("1.867")
_OVERSHOOT_OF_A_FAILURE = Decimal("1.216")


@dataclass(frozen=True, slots=True)
class Load:
    """
    What a stream sees: expected failures over dispersion, open days and days with tries, decayed, in millionths.

    An open day is one on which the unit worked at all; a day with tries is one of them that this stream saw.
    """

    information: int = 0
    open_days: int = 0
    seen_days: int = 0

    def after(self, n: int, chance: int, indicator: Indicator) -> "Load":
        """This load one settled open day of *n* tries later, at the failure probability *chance* / 10000."""
        phi = dispersion(indicator.dispersion_ppm, indicator.crowding_ppm, n)
        information = n * chance * (MICRO // GRID) * MICRO // phi
        return Load(
            decay(self.information) + information,
            decay(self.open_days) + MICRO,
            decay(self.seen_days) + (MICRO if n else 0),
        )


def threshold_of(load: Load, odds: Decimal, budget: Decimal) -> int:
    """The threshold in micro-nats of a stream that sees *load*; the first one as long as nothing has settled."""
    if not load.information:
        return FIRST
    with localcontext(EXACT):
        yearly = Decimal(WORKING_DAYS_A_YEAR) / load.open_days
        return threshold(load.information * yearly, load.seen_days * yearly, odds, budget)


def threshold(information: Decimal, days: Decimal, odds: Decimal, budget: Decimal) -> int:
    """
    The threshold in micro-nats for *budget* false alarms per stream-year.

    *information* = expected failures a year over dispersion, *days* = observed days a year.
    Example: 63.0, 235, odds 2.5, budget 0.25 -> 3695000.
    """
    with localcontext(EXACT):
        gain = odds - 1 - odds.ln()
        nats = (
            _CONSTANT
            + _PER_EFFECTIVE_FAILURE * (information * gain / budget).ln()
            - _OVERSHOOT_OF_A_DAY * (2 * information * gain / max(Decimal(1), days)).sqrt()
            - _OVERSHOOT_OF_A_FAILURE * odds.ln()
        )
        thousandths = (max(FLOOR, nats) * 1000).to_integral_value(rounding=ROUND_HALF_EVEN)
    return int(thousandths) * (MICRO // 1000)
