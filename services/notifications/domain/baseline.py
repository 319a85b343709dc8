"""What is to be expected of a unit today: the level of its pool, times its own history with the benefit of the doubt.

The history learns from settled days only, so that no fact that may still be corrected moves what is expected.
"""

from dataclasses import dataclass, replace

from services.notifications.domain.arithmetic import GRID, MICRO, WORST, decay, dispersion, margin
from services.notifications.domain.indicators import Indicator


@dataclass(frozen=True, slots=True)
class History:
    """A stream's own failures and the failures its pool would have had, both decayed, in millionths of a failure."""

    failures: int = 0
    expected: int = 0

    def with_siblings(self, strength: int) -> "History":
        """This history beside *strength* failures at the siblings' own level: what a unit without days begins with."""
        return History(self.failures + strength * MICRO, self.expected + strength * MICRO)

    def taught(self, failures_micro: int, expected_micro: int) -> "History":
        """This history one settled working day later."""
        return replace(
            self, failures=decay(self.failures) + failures_micro, expected=decay(self.expected) + expected_micro
        )


def usual_ppm(level_ppm: int, history: History) -> int:
    """The failure probability to be expected, without margin, in millionths; *history* includes the siblings."""
    return min(WORST * MICRO // GRID, level_ppm * history.failures // history.expected)


def chance(level_ppm: int, history: History, indicator: Indicator, n: int) -> int:
    """
    The failure probability that is held against a day of *n* tries, on the grid of 1/10000, from 1 to 9000.

    The level times the own ratio times exp(sqrt(phi / failures)), where *history* includes the siblings.
    """
    phi = dispersion(indicator.dispersion_ppm, indicator.crowding_ppm, n)
    ratio = history.failures * margin(4 * history.failures // phi) // history.expected
    scale = MICRO * MICRO // GRID
    return min(WORST, max(1, (level_ppm * ratio + scale // 2) // scale))
