"""Counts `(n, total)` by measure and day, their sums, and how they are written."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

Count = tuple[int, int]
Measures = dict[str, Count]
Days = dict[date, Measures]

EMPLOYEE_MEASURES = (
    "attendance.presence",
    "attendance.punctuality",
    "attendance.late_minutes",
    "service.timeliness",
    "service.satisfaction",
)
UNIT_MEASURES = (*EMPLOYEE_MEASURES, "complaint.timeliness")

NOTHING: Count = (0, 0)


def value(name: str, n: int, total: int) -> str | None:
    """The decimal string of a measure, rounded half up; None without anything counted."""
    if n == 0:
        return None
    numerator, denominator, digits = total, n, 4
    if name == "attendance.late_minutes":
        digits = 2
    if name == "service.satisfaction":
        numerator, denominator, digits = total * 25, n * 9, 2
    last_digits = (2 * numerator * 10**digits + denominator) // (2 * denominator)
    return f"{last_digits // 10**digits}.{last_digits % 10**digits:0{digits}d}"


def totals(days: Mapping[date, Measures]) -> Measures:
    """The sum of each measure over the days; empty without days."""
    summed: Measures = {}
    for measures in days.values():
        for name, count in measures.items():
            summed[name] = plus(summed.get(name, NOTHING), count)
    return summed


def plus(one: Count, other: Count) -> Count:
    """Two counts together."""
    return one[0] + other[0], one[1] + other[1]


def blank(names: tuple[str, ...], start: date, end: date) -> Days:
    """Zeros for every measure of every day."""
    return {start + timedelta(days=later): dict.fromkeys(names, NOTHING) for later in range((end - start).days + 1)}


def shown(measures: Measures) -> dict[str, dict[str, Any]]:
    """The measures as the HTTP answers have them."""
    return {name: {"n": n, "total": total, "value": value(name, n, total)} for name, (n, total) in measures.items()}
