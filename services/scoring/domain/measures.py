"""The six measures: their names, how counters become them, and how their values are written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import Context, Decimal

PRESENCE = "attendance.presence"
PUNCTUALITY = "attendance.punctuality"
LATE_MINUTES = "attendance.late_minutes"
SERVICE = "service.timeliness"
SATISFACTION = "service.satisfaction"
COMPLAINTS = "complaint.timeliness"

OF_PERSON = (PRESENCE, PUNCTUALITY, LATE_MINUTES, SERVICE, SATISFACTION)
OF_UNIT = (*OF_PERSON, COMPLAINTS)

Measures = dict[str, tuple[int, int]]
"""Per measure (n, total): exact integers in minor units."""

_EXACT = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Counters:
    """
    What the projections keep of a day, for one unit's own people and services or for one person.

    *heads* expected if it is a workday; of them *present*, and of those *timed*, *on_time* and *late_minutes*.
    *overdue*: complaints unresolved on their day, which count once the day is closed.
    """

    heads: int = 0
    present: int = 0
    timed: int = 0
    on_time: int = 0
    late_minutes: int = 0
    service_n: int = 0
    service_total: int = 0
    survey_n: int = 0
    survey_total: int = 0
    complaint_n: int = 0
    complaint_total: int = 0
    overdue: int = 0


COUNTERS = tuple(field.name for field in fields(Counters))


def measures_of(counters: Counters, *, workday: bool, closed: bool) -> Measures:
    """
    Convert a day's counters into measures, given the day's state for the unit.

    Attendance counts on workdays only; presence, and complaints overdue, only once the day is closed.
    """
    c = counters
    n_present = (c.heads, c.present) if workday and closed else (0, 0)
    timed = (c.timed, c.on_time, c.late_minutes) if workday else (0, 0, 0)
    return {
        PRESENCE: n_present,
        PUNCTUALITY: (timed[0], timed[1]),
        LATE_MINUTES: (timed[0], timed[2]),
        SERVICE: (c.service_n, c.service_total),
        SATISFACTION: (c.survey_n, c.survey_total),
        COMPLAINTS: (c.complaint_n + (c.overdue if closed else 0), c.complaint_total),
    }


def summed(parts: Iterable[Measures], names: Iterable[str]) -> Measures:
    """Add measures up; of *names* all are present in the result."""
    totals = {name: [0, 0] for name in names}
    for part in parts:
        for name, pair in totals.items():
            n, total = part.get(name, (0, 0))
            pair[0] += n
            pair[1] += total
    return {name: (n, total) for name, (n, total) in totals.items()}


def value(name: str, n: int, total: int) -> str | None:
    """
    Write a measure's value as a decimal string, rounded half up; None when n = 0.

    Ratios have four digits, minutes per day and the IKM two. The IKM is total x 25 / 9n, from 25 to 100
    (PermenPANRB 14/2017). Examples: punctuality 2 of 3 -> "0.6667"; IKM of one answer of 30 points -> "83.33".
    """
    if n == 0:
        return None
    numerator, denominator, digits = {
        LATE_MINUTES: (total, n, 2),
        SATISFACTION: (total * 25, n * 9, 2),
    }.get(name, (total, n, 4))
    scaled, rest = divmod(numerator * 10**digits, denominator)
    rounded = scaled + (2 * rest >= denominator)
    return str(Decimal(rounded).scaleb(-digits, _EXACT))


def rendered(measures: Mapping[str, tuple[int, int]]) -> dict[str, dict[str, int | str | None]]:
    """Return measures in the shape of the read API: {name: {"n", "total", "value"}}."""
    return {name: {"n": n, "total": total, "value": value(name, n, total)} for name, (n, total) in measures.items()}
