"""The tables beside a person's figures: lateness, absence and the view of PP 30/2019 (section 4)."""

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from tests.support.oracle.log import field
from tests.support.oracle_cards.arithmetic import Document, written
from tests.support.oracle_cards.known import DAY, Known
from tests.support.oracle_cards.organisation import evaluator
from tests.support.oracle_cards.periods import Period
from tests.support.oracle_cards.ratings import behaviours, given, released


def lateness(known: Known, subject: str, days: Iterable[date], table: Document | None) -> dict[str, Any] | None:
    """Days per band, absent days and the sum of percents; None where the policy has no table."""
    if table is None:
        return None
    labels: dict[str, int] = {}
    percent, absent = Fraction(0), 0
    for day in days:
        counts = known.day_counts(subject, day)
        timed, minutes = counts["attendance.late_minutes"]
        row = late_row(table, minutes) if timed else None
        if row is not None:
            labels[row["label"]] = labels.get(row["label"], 0) + 1
            percent += Fraction(row["percent"])
        expected, present = counts["attendance.presence"]
        absent += expected - present
    percent += absent * Fraction(table["absent_percent"])
    return {"days": labels, "absent": absent, "percent": written(percent, 2)}


def late_row(table: Document, minutes: int) -> Document | None:
    """The row with the greatest `from` that is not above the minutes."""
    reached = [row for row in table["bands"] if row["from"] <= minutes]
    return max(reached, key=lambda row: int(row["from"]), default=None)


def absence(known: Known, subject: str, last: date, table: Document | None) -> dict[str, Any] | None:
    """Closed expected days without presence since 1 January, and their longest run."""
    if table is None:
        return None
    days = longest = run = 0
    day = date(last.year, 1, 1)
    while day <= last:
        expected, present = known.day_counts(subject, day)["attendance.presence"]
        if expected:
            run = 0 if present else run + 1
            days, longest = days + (not present), max(longest, run)
        day += DAY
    return {"days": days, "longest": longest, "step": step(table, days, longest)}


def step(table: Document, days: int, longest: int) -> str | None:
    """The label reached; that of consecutive days goes before."""
    if longest >= table["consecutive"]["from"]:
        return str(table["consecutive"]["label"])
    reached = [row for row in table["steps"] if row["from"] <= days]
    return max(reached, key=lambda row: int(row["from"]))["label"] if reached else None


def pp30(
    known: Known, person: str, period: Period, skp: Fraction | None, table: Document | None
) -> dict[str, Any] | None:
    """The view of PP 30/2019; None where it is not enabled."""
    if table is None or not table["enabled"]:
        return None
    by = evaluator(known, person, period)
    own = given(known, person, period, "supervisor").get(by) if by is not None else None
    pk = mean([] if own is None else list(behaviours(own["data"]).values()), table["points"])
    release, parts = released(known, person, period), table["without"]
    others = mean([] if release is None else released_levels(field(release, "groups")), table["points"])
    if others is not None:
        parts, how = table["with"], table["behaviour"]
        pk = None if pk is None else (how["rater"] * pk + how["others"] * others) / 100
    view = None if skp is None or pk is None else (parts["skp"] * skp + parts["perilaku"] * pk) / 100
    reached = [] if view is None else [row for row in table["categories"]["rows"] if Fraction(row["from"]) <= view]
    return {
        "value": written(view, 2),
        "skp": written(skp, 2),
        "perilaku": written(pk, 2),
        "category": next((row["label"] for row in reached if not row.get("idea", False)), None),
        "idea_needed": bool(reached) and bool(reached[0].get("idea", False)),
    }


def mean(levels: Sequence[str], points: Document) -> Fraction | None:
    """The mean points of levels; None of none."""
    return sum((Fraction(points[each]) for each in levels), Fraction(0)) / len(levels) if levels else None


def released_levels(groups: Sequence[dict[str, Any]]) -> list[str]:
    """The levels of all released values."""
    return [level for group in groups for level in behaviours(group).values()]
