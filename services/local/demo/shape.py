"""How good the units are, and the two drops that are planted for the detector to find."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from services.local.demo.dice import Dice

SEED = 2026
"""The dice of the demonstration, unless others are asked for."""
SLOW_COUNTER, LATE_OFFICE = "srondol-wetan", "dinkes-p2p"
"""The kelurahan whose services become slow, and the seksi whose people come late."""
STEADY_HEADS = frozenset({SLOW_COUNTER, LATE_OFFICE})
"""Their heads stay at their desks, so that an alert reaches them."""
ABSENT_SHARE = 0.08
"""Of those who fail a morning, so many do not come at all."""


@dataclass(frozen=True, slots=True)
class Drop:
    """
    A decline of one unit: from *first* on a growing share of what was good goes wrong, from *full* on *worst* of it.

    It ends after *last*: help was given.
    """

    unit: str
    first: date
    full: date
    last: date
    worst: float

    def share(self, day: date) -> float:
        """Return the share of the good outcomes of *day* that go wrong."""
        if not self.first <= day <= self.last:
            return 0.0
        whole = (self.full - self.first).days
        return self.worst if whole == 0 else self.worst * min(1.0, ((day - self.first).days + 1) / whole)


@dataclass(frozen=True, slots=True)
class Drops:
    """Both planted drops: of services in time, abrupt, and of punctuality, gradual."""

    service: Drop
    punctuality: Drop


@lru_cache(maxsize=512)
def drops(anchor: date) -> Drops:
    """Return the drops as seen from *anchor*, the day the demonstration first started."""
    abrupt, gradual, full = (anchor - timedelta(days=days) for days in (25, 36, 15))
    end = anchor + timedelta(days=21)
    return Drops(
        service=Drop(SLOW_COUNTER, abrupt, abrupt, end, 0.5),
        punctuality=Drop(LATE_OFFICE, gradual, full, end, 0.36),
    )


@lru_cache(maxsize=256)
def lateness(seed: int, unit: str) -> float:
    """Return the share of mornings that fail in *unit* in ordinary times."""
    return 0.095 + 0.03 * Dice(seed, "lateness", unit).fraction()


@lru_cache(maxsize=256)
def slowness(seed: int, unit: str) -> float:
    """Return the share of services of *unit* beyond the standard in ordinary times."""
    return 0.07 + 0.04 * Dice(seed, "slowness", unit).fraction()


@lru_cache(maxsize=256)
def kindness(seed: int, unit: str) -> float:
    """Return the chance that a citizen gives *unit* the best mark on one unsur."""
    return 0.34 + 0.2 * Dice(seed, "kindness", unit).fraction()
