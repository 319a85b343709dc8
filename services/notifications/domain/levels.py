"""How often the units of a pool usually fail: fixed once a quarter, from settled days before it.

A pool is the units of one kind; one with fewer than six members borrows the days of all kinds. A new pool fixes its
first level once four weeks are closed, and its streams wait until then; that level alone depends on when it was fixed.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from services.notifications.domain.arithmetic import MICRO
from services.notifications.domain.indicators import Indicator, Tally
from services.notifications.domain.stream import WINDOW_DAYS

FEWEST_SIBLINGS = 6
STEADYING_TRIES = 50


@dataclass(frozen=True, slots=True)
class Span:
    """The first and last closed day on which any unit of a pool had tries."""

    first: date
    last: date


def quarter_of(on: date) -> date:
    """Return the first day of the quarter that *on* lies in."""
    return date(on.year, on.month - (on.month - 1) % 3, 1)


def days_before(quarter: date, span: Span | None) -> date | None:
    """
    Return the day before which the pool's days make the level of *quarter*; None while too few are closed.

    It lies four weeks before the quarter, where no day is corrected any more; for a young pool it is the end of its
    first four weeks.
    """
    if span is None:
        return None
    settled, learned = quarter - timedelta(days=WINDOW_DAYS), span.first + timedelta(days=WINDOW_DAYS)
    if learned <= settled:
        return settled
    return learned if span.last >= learned - timedelta(days=1) else None


def level_ppm(indicator: Indicator, pooled: Tally) -> int:
    """
    Return failures per try in millionths, steadied by fifty tries at the indicator's usual level.

    Example: attendance, 120 failures in 1950 tries, usual 0.06 -> (120 + 3) / 2000 = 61500.
    """
    failures = pooled.failures * MICRO // indicator.parts + STEADYING_TRIES * indicator.usual_ppm
    return failures // (pooled.n + STEADYING_TRIES)
