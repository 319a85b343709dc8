"""
Tables of rules applied to counts: lateness, absence, angka kredit, the view of PP 30/2019 (scoring.md 4).

All of them are information: nothing follows from them by itself.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from schemas.fields import Level
from schemas.policy.model import Absence, AngkaKredit, Categories, Lateness, LatenessBand, Points, Pp30, Predikat
from schemas.policy.rational import exact

DayState = Literal["present", "absent", "other"]
"""Of a closed expected day whether the person was there; *other*: a day not expected, or not closed."""


@dataclass(frozen=True, slots=True)
class Late:
    """Days by the label of their band, those without any left out; *percent*: the sum over days, absent ones too."""

    days: dict[str, int]
    absent: int
    percent: Fraction


def lateness(rules: Lateness, minutes: Iterable[int], absent: int) -> Late:
    """
    Return how many days were how late, and what that sums to.

    *minutes*: late, one for each day with a first time, 0 for one in time; *absent*: closed expected days without
    presence. Example: one day of 5 minutes and one absent -> TL1 1, absent 1, 0.5 + 4 = 4.50 percent.
    """
    days: dict[str, int] = {}
    percent = absent * exact(rules.absent_percent)
    for band in (_band(rules.bands, each) for each in minutes):
        if band is not None:
            days[band.label] = days.get(band.label, 0) + 1
            percent += exact(band.percent)
    return Late({band.label: days[band.label] for band in rules.bands if band.label in days}, absent, percent)


def _band(bands: Sequence[LatenessBand], minutes: int) -> LatenessBand | None:
    """Return the band with the greatest beginning that the minutes reach."""
    return max((each for each in bands if each.from_ <= minutes), key=lambda each: each.from_, default=None)


@dataclass(frozen=True, slots=True)
class Absent:
    """Days of absence, the most of them in a row, and the label of the step reached."""

    days: int
    longest: int
    step: str | None


def absence(rules: Absence, days: Iterable[DayState]) -> Absent:
    """
    Return the absence of a calendar year up to the end of a period; *days* from 1 January, in order.

    A run is broken by a day of presence alone. Examples (PP 94/2021): 3 days -> the first step, 4 to 6 the second; 10
    in a row -> the label of consecutive absence, whatever the steps say.
    """
    count = longest = run = 0
    for day in days:
        if day == "absent":
            count, run = count + 1, run + 1
            longest = max(longest, run)
        elif day == "present":
            run = 0
    if longest >= rules.consecutive.from_:
        return Absent(count, longest, rules.consecutive.label)
    reached = max((each for each in rules.steps if each.from_ <= count), key=lambda each: each.from_, default=None)
    return Absent(count, longest, None if reached is None else reached.label)


def angka_kredit(rules: AngkaKredit, predikat: Predikat, jenjang: str, months: int) -> Fraction | None:
    """
    Return the credit for so many months, written with 2 digits; None where the table lacks the predikat or jenjang.

    Example: 2 months of baik (100 percent) as ahli pertama (12.5): 2/12 x 100/100 x 12.5 = 25/12, written 2.08.
    """
    percent, coefficient = rules.percent.get(predikat), rules.coefficient.get(jenjang)
    if percent is None or coefficient is None:
        return None
    return Fraction(months, 12) * exact(percent) / 100 * exact(coefficient)


@dataclass(frozen=True, slots=True)
class Pp30View:
    """
    The value from 0 to 120 of PP 30/2019 and its parts, None where data is missing.

    *idea_needed*: a higher category was passed over, since only people can say whether there was a new idea.
    """

    value: Fraction | None
    skp: Fraction | None
    perilaku: Fraction | None
    category: str | None
    idea_needed: bool


def pp30_view(
    rules: Pp30, skp: Fraction | None, rated: Collection[Level], released: Collection[Level]
) -> Pp30View | None:
    """
    Return the view, or None where the policy has it off.

    *skp*: the index of hasil kerja; *rated*: the levels of the values that the evaluator rated; *released*: those of
    all groups of a release. Example: 6575/72 with meets and above -> PK 215/2, (70 x 6575/72 + 30 x 215/2)/100 =
    13849/144, written 96.17, baik; with a release of meets PK 209/2 and 11591/120 = 96.59.
    """
    if not rules.enabled:
        return None
    perilaku = _behaviour(rules, rated, released)
    parts = rules.with_ if released else rules.without
    if skp is None or perilaku is None:
        return Pp30View(None, skp, perilaku, None, idea_needed=False)
    value = (parts.skp * skp + parts.perilaku * perilaku) / 100
    return Pp30View(value, skp, perilaku, *_category(rules.categories, value))


def _behaviour(rules: Pp30, rated: Collection[Level], released: Collection[Level]) -> Fraction | None:
    if not rated:
        return None
    own = _mean(rules.points, rated)
    if not released:
        return own
    return (rules.behaviour.rater * own + rules.behaviour.others * _mean(rules.points, released)) / 100


def _mean(points: Points, levels: Collection[Level]) -> Fraction:
    worth = {"below": exact(points.below), "meets": exact(points.meets), "above": exact(points.above)}
    return sum((worth[each] for each in levels), Fraction(0)) / len(levels)


def _category(categories: Categories, value: Fraction) -> tuple[str | None, bool]:
    """Return the first row that the value reaches and needs no idea, and whether one that does was passed over."""
    idea_needed = False
    for row in categories.rows:
        if exact(row.from_) <= value:
            if not row.idea:
                return row.label, idea_needed
            idea_needed = True
    return None, idea_needed
