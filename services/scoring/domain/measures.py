"""The measures: each declared in one row, how counters become it, and how its value is written."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

from schemas.measures import NOTHING, Measure
from services.scoring.projections.unit_day.columns import NAMES, Counters, read_all


@dataclass(frozen=True, slots=True)
class MeasureType:
    """
    One measure: which counters are its *n* and its *total*, which days count, and how its value is written.

    *workdays*: only those; *closed*: only once the day is. *late_n*: a counter added to n once the day is closed. The
    value is total / n * *scale* with so many *digits*. *of_person*: measured of people, too.
    """

    name: str
    n: str
    total: str
    workdays: bool = False
    closed: bool = False
    late_n: str | None = None
    scale: Fraction = Fraction(1)
    digits: int = 4
    of_person: bool = True


IKM = Fraction(25, 9)
"""Nine answers from 1 to 4 become 25 to 100 (PermenPANRB 14/2017)."""

TYPES = (
    MeasureType("attendance.presence", "heads", "present", workdays=True, closed=True),
    MeasureType("attendance.punctuality", "timed", "on_time", workdays=True),
    MeasureType("attendance.late_minutes", "timed", "late_minutes", workdays=True, digits=2),
    MeasureType("service.timeliness", "service_n", "service_total"),
    MeasureType("service.satisfaction", "survey_n", "survey_total", scale=IKM, digits=2),
    MeasureType("complaint.timeliness", "complaint_n", "complaint_total", late_n="overdue", of_person=False),
)
BY_NAME = {measure.name: measure for measure in TYPES}
OF_UNIT = tuple(BY_NAME)
OF_PERSON = tuple(measure.name for measure in TYPES if measure.of_person)

Measures = dict[str, Measure]
"""What a unit or a person came to, by the measure's name."""

_EXACT = Context(prec=60)
_PLACES = tuple(
    (each, NAMES.index(each.n), NAMES.index(each.total), NAMES.index(each.late_n) if each.late_n else None)
    for each in TYPES
)


def measures_of(counters: Counters, *, workday: bool, closed: bool) -> Measures:
    """
    Convert a day's counters into measures, given the day's state for the unit.

    Attendance counts on workdays only; presence, and complaints overdue, only once the day is closed.
    """
    kept = read_all(counters)
    measures: Measures = {}
    for measure, n, total, late_n in _PLACES:
        if (measure.workdays and not workday) or (measure.closed and not closed):
            measures[measure.name] = NOTHING
        else:
            late = kept[late_n] if late_n is not None and closed else 0
            measures[measure.name] = Measure(kept[n] + late, kept[total])
    return measures


def summed(parts: Iterable[Measures], names: Iterable[str]) -> Measures:
    """Add measures up; of *names* all are present in the result."""
    totals = {name: [0, 0] for name in names}
    for part in parts:
        for name, pair in totals.items():
            if (measure := part.get(name)) is not None:
                pair[0] += measure.n
                pair[1] += measure.total
    return {name: Measure(n, total) for name, (n, total) in totals.items()}


def value(name: str, n: int, total: int) -> str | None:
    """
    Write a measure's value as a decimal string, rounded half up; None when n = 0.

    Examples: punctuality 2 of 3 -> "0.6667"; IKM of one answer of 30 points, 30 x 25/9 -> "83.33".
    """
    if n == 0:
        return None
    measure = BY_NAME[name]
    denominator = n * measure.scale.denominator
    scaled, rest = divmod(total * measure.scale.numerator * 10**measure.digits, denominator)
    rounded = scaled + (2 * rest >= denominator)
    return str(Decimal(rounded).scaleb(-measure.digits, _EXACT))


def rendered(measures: Measures) -> dict[str, dict[str, int | str | None]]:
    """Return measures in the shape of the read API: {name: {"n", "total", "value"}}."""
    return {
        name: {"n": measure.n, "total": measure.total, "value": value(name, measure.n, measure.total)}
        for name, measure in measures.items()
    }
