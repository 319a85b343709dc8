"""How long to wait before a process that has ended is started again."""

from dataclasses import dataclass

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 10.0
HEALTHY_AFTER_S = 30.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """The ends in a row that were not followed by a healthy run."""

    ends: int = 0

    @property
    def delay_s(self) -> float:
        """
        Seconds to wait after the last of these ends.

        The first restart is immediate; then 0.5 s, doubling up to 10 s: 0, 0.5, 1, 2, 4, 8, 10, 10, ...
        """
        if self.ends <= 1:
            return 0.0
        return min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(self.ends - 2, 30))

    def after(self, healthy_s: float) -> "Backoff":
        """The state after one more end, of a run that was healthy for *healthy_s* before."""
        return Backoff(1 if healthy_s >= HEALTHY_AFTER_S else self.ends + 1)
