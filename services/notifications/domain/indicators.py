"""What is watched of a unit: its streams, their constants, and how a unit-day's measures become tries and failures.

Failures are whole numbers of an indicator's `parts` (a 27th for satisfaction), so that nothing is rounded before the
evidence is weighed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from schemas.measures import NOTHING, Measure


@dataclass(frozen=True, slots=True)
class Tally:
    """Tries and failures of one stream-day; *failures* counts parts, `Indicator.parts` of them to one whole failure."""

    n: int
    failures: int

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.n + other.n, self.failures + other.failures)


@dataclass(frozen=True, slots=True)
class Indicator:
    """
    The constants of one kind of stream; the same for every unit, until they are fitted.

    *odds* is the rise of the failure odds the detector is tuned to. The dispersion of a day with n tries is
    `dispersion_ppm * (1 + crowding_ppm * (n - 1))`, in millionths. *usual_ppm* steadies the level of a young pool.
    """

    name: str
    odds: Decimal
    parts: int
    dispersion_ppm: int
    crowding_ppm: int
    usual_ppm: int


ATTENDANCE = Indicator("attendance", Decimal("2.5"), 1, 990_000, 9_000, 60_000)
TIMELINESS = Indicator("service.timeliness", Decimal("2.5"), 1, 1_010_000, 16_000, 100_000)
SATISFACTION = Indicator("service.satisfaction", Decimal("1.75"), 27, 350_000, 45_000, 240_000)
INDICATORS = (ATTENDANCE, TIMELINESS, SATISFACTION)
BY_NAME = {indicator.name: indicator for indicator in INDICATORS}


def tally(indicator: Indicator, measures: Mapping[str, Measure]) -> Tally:
    """
    The stream-day of *indicator* in a closed unit-day's *measures*; a measure that is not there counts as nothing.

    Attendance fails by absence and by lateness: expected 10, present 9, of 9 first times 7 in time -> 3 of 10.
    Satisfaction fails by the distance to the best answer: nine scores of 3 -> (36 - 27)/27 of one failure.
    """
    if indicator is ATTENDANCE:
        presence, punctuality = _of(measures, "attendance.presence"), _of(measures, "attendance.punctuality")
        missed = (presence.n - presence.total) + (punctuality.n - punctuality.total)
        return Tally(presence.n, missed)
    measure = _of(measures, indicator.name)
    if indicator is SATISFACTION:
        return Tally(measure.n, 36 * measure.n - measure.total)
    return Tally(measure.n, measure.n - measure.total)


def _of(measures: Mapping[str, Measure], name: str) -> Measure:
    return measures.get(name, NOTHING)
