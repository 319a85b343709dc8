"""How large the measurements are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """Sizes; the defaults take about 20 minutes together on two cores."""

    runs: int = 3
    seed: int = 1
    events: int = 500_000
    """Folded in one run."""
    employees: int = 5_000_000
    days: int = 5
    """Working days that the folded events spread over."""
    http_seconds: float = 10
    """Offered to ingest in one run."""
    side_seconds: float = 10
    """Given to each alternative in one run."""
    freshness_seconds: float = 60
    freshness_rate: int = 5_556
    read_seconds: float = 6
    """Of reading, for each question."""
    attendance_days: int = 5
    """Working days of everybody's attendance behind the read API."""
    simulated: int = 100_000
    """People on whom a policy is tried, each with a month of days, targets and reports."""
    history: tuple[int, ...] = (1_000_000, 10_000_000)
    """Rows in the journal before more are folded."""
    growth_events: int = 200_000
    """Folded in one run onto each of them."""


SMALL = Options(
    runs=1,
    events=10_000,
    employees=50_000,
    http_seconds=2,
    side_seconds=2,
    freshness_seconds=5,
    freshness_rate=500,
    read_seconds=2,
    attendance_days=2,
    simulated=7_000,
    history=(200_000, 400_000),
    growth_events=5_000,
)
"""To see that everything works; the figures mean nothing."""

FULL_HISTORY = (1_000_000, 10_000_000, 50_000_000)
