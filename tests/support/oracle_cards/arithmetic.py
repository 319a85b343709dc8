"""Rounding, scales, levels, bands and intervals of section 2, by exact fractions."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

Document = Mapping[str, Any]

DIGITS = {"service.satisfaction": 2, "attendance.late_minutes": 2}
"""Of the values of measures; all others have 4."""


def written(x: Fraction | None, digits: int) -> str | None:
    """R_d(x) = floor(10^d x + 1/2) / 10^d with always d digits."""
    if x is None:
        return None
    units = (x * 10**digits + Fraction(1, 2)).__floor__()
    sign, units = ("-" if units < 0 else ""), abs(units)
    whole, rest = divmod(units, 10**digits)
    return f"{sign}{whole}.{rest:0{digits}}" if digits else f"{sign}{whole}"


def rounded(x: Fraction, digits: int) -> Fraction:
    """The same as a number."""
    return Fraction((x * 10**digits + Fraction(1, 2)).__floor__(), 10**digits)


def value(measure: str, n: int, total: int) -> Fraction | None:
    """What a measure comes to; None with nothing counted."""
    if n == 0:
        return None
    return Fraction(25 * total, 9 * n) if measure == "service.satisfaction" else Fraction(total, n)


def value_digits(measure: str) -> int:
    """How many digits the value has."""
    return DIGITS.get(measure, 4)


def score(scale: Document, x: Fraction) -> Fraction:
    """The y of x between the points; outside them the nearest end's."""
    if scale.get("grid") is not None:
        grid = Fraction(scale["grid"])
        x = grid * (x / grid + Fraction(1, 2)).__floor__()
    points = [(Fraction(one), Fraction(other)) for one, other in scale["points"]]
    if x <= points[0][0]:
        return points[0][1]
    for (x1, y1), (x2, y2) in pairwise(points):
        if x1 <= x <= x2:
            return y1 + (y2 - y1) * (x - x1) / (x2 - x1)
    return points[-1][1]


def greatest_score(scale: Document) -> Fraction:
    """The greatest y."""
    return max(Fraction(y) for _, y in scale["points"])


def level(levels: Document, s: Fraction) -> str:
    """The level of a score."""
    if s >= Fraction(levels["above"]):
        return "above"
    return "meets" if s >= Fraction(levels["meets"]) else "below"


def band(bands: Document | None, v: Fraction) -> str | None:
    """The label of the first row that begins at the rounded value or below."""
    if bands is None:
        return None
    shown = rounded(v, bands["digits"])
    return next((row["label"] for row in bands["rows"] if Fraction(row["from"]) <= shown), None)


def interval(measure: str, n: int, total: int) -> tuple[str, str] | None:
    """
    Wilson with z = 49/25, as the roots of (p - x)^2 = z^2 x (1 - x) / n, found by trying.

    A root r is written as the greatest k of 10^-d with k - 1/2 units <= r, which is rounding half up.
    """
    if n == 0 or measure == "attendance.late_minutes":
        return None
    if measure == "service.satisfaction":
        p, steps, offset, digits = Fraction(total - 9 * n, 27 * n), 7500, 2500, 2
    else:
        p, steps, offset, digits = Fraction(total, n), 10_000, 0, 4
    low = _greatest(steps, lambda x: x <= 0 or (x <= _middle(p, n) and _beyond(p, n, x) >= 0))
    high = _greatest(steps, lambda x: x <= _middle(p, n) or (x <= 1 and _beyond(p, n, x) <= 0))
    unit = 10**digits
    low_text, high_text = (written(Fraction(offset + each, unit), digits) for each in (low, high))
    assert low_text is not None
    assert high_text is not None
    return low_text, high_text


Z_SQUARED = Fraction(49, 25) ** 2


def _beyond(p: Fraction, n: int, x: Fraction) -> Fraction:
    """Above 0 outside the interval, below 0 inside it."""
    return (p - x) ** 2 - Z_SQUARED * x * (1 - x) / n


def _middle(p: Fraction, n: int) -> Fraction:
    """The middle of the two roots."""
    return (p + Z_SQUARED / (2 * n)) / (1 + Z_SQUARED / n)


def _greatest(steps: int, holds: Any) -> int:
    """The greatest k from 0 to *steps* for which it holds at (k - 1/2) / steps; up to there it always holds."""
    low, high = 0, steps
    while low < high:
        here = (low + high + 1) // 2
        if holds(Fraction(2 * here - 1, 2 * steps)):
            low = here
        else:
            high = here - 1
    return low
