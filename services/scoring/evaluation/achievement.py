"""How far a target was reached (scoring.md section 3)."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Direction = Literal["higher", "lower", "range"]
Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Target:
    """What was agreed; *upper* of a range, whose *better* says how being outside counts."""

    target: Fraction
    direction: Direction
    upper: Fraction | None = None
    better: Better = "higher"


def achievement(target: Target, realised: Fraction) -> Fraction | None:
    """
    Return what part of the target was reached, never below 0; None where it cannot be computed.

    Examples: higher, 36 of 40 -> 9/10; lower, 98 on 100 -> 51/50; range 80..90 with 92 -> 46/45, with 70 -> 7/8;
    range 7..8, lower better, with 6.5 -> 15/14, with 9 -> 7/8.
    """
    found = (
        _of_range(target, realised) if target.direction == "range" else _of(target.direction, target.target, realised)
    )
    return None if found is None else max(found, Fraction(0))


def _of(direction: str, target: Fraction, realised: Fraction) -> Fraction | None:
    if direction == "lower" and target == 0:
        return Fraction(int(realised == 0))
    if target <= 0:
        return None
    return realised / target if direction == "higher" else 2 - realised / target


def _of_range(target: Target, realised: Fraction) -> Fraction | None:
    assert target.upper is not None
    if target.target <= realised <= target.upper:
        return Fraction(1)
    end = target.upper if realised > target.upper else target.target
    if end <= 0:
        return None
    return realised / end if target.better == "higher" else 2 - realised / end
