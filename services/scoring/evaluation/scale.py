"""From a value to its score, level and band, as the policy's scale says."""

from bisect import bisect_right
from fractions import Fraction
from itertools import pairwise

from schemas.fields import Level
from schemas.policy.model import Bands, Levels, Scale
from schemas.policy.rational import exact
from services.scoring.evaluation.written import rounded


def score(scale: Scale, x: Fraction) -> Fraction:
    """
    Return the score of *x*: on the grid if there is one, outside the points the nearest end's, else in proportion.

    Example: points (80, 70), (99, 89): 90 -> 70 + 19 (90 - 80)/(99 - 80) = 80.
    """
    if scale.grid is not None:
        grid = exact(scale.grid)
        x = grid * (x / grid + Fraction(1, 2)).__floor__()
    points = [(exact(at), exact(to)) for at, to in scale.points]
    place = bisect_right([at for at, _ in points], x)
    if place == 0 or place == len(points):
        return points[0][1] if place == 0 else points[-1][1]
    (x1, y1), (x2, y2) = list(pairwise(points))[place - 1]
    return y1 + (y2 - y1) * (x - x1) / (x2 - x1)


def greatest(scale: Scale) -> Fraction:
    """Return the greatest score that the scale gives."""
    return max(exact(to) for _, to in scale.points)


def level(levels: Levels, reached: Fraction) -> Level:
    """Return where a score stands."""
    if reached >= exact(levels.above):
        return "above"
    return "meets" if reached >= exact(levels.meets) else "below"


def band(bands: Bands, value: Fraction) -> str | None:
    """Return the label of the first row that the value, rounded, reaches; IKM 88.31 -> A, 88.30 -> B."""
    shown = rounded(value, bands.digits)
    return next((row.label for row in bands.rows if exact(row.from_) <= shown), None)
