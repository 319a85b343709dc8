"""The daily step: evidence of a drop, in micro-nats, added up since it was last zero.

Each failure adds points, each success takes a few away, never below zero. The step is whole numbers only.
"""

from dataclasses import dataclass, replace
from datetime import date

from services.notifications.domain.arithmetic import MICRO, dispersion, log_growth, log_odds
from services.notifications.domain.baseline import History, chance, usual_ppm
from services.notifications.domain.indicators import Indicator, Tally

FEWEST_FAILURES = 3
FEWEST_FAILING_DAYS = 2
RECOVERED_AT = 4


@dataclass(frozen=True, slots=True)
class Fact:
    """
    What is known of a closed day: its tally, the level of its pool, and whether the unit worked at all.

    *level_ppm* = pool level x calendar x peers of that day, in millionths; it is fixed when the day is first closed.
    """

    tally: Tally
    level_ppm: int
    open: bool


NO_FACT = Fact(Tally(0, 0), 0, False)


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day of a stream: its fact, and what was expected and where the line lay when the day began."""

    on: date
    fact: Fact
    history: History
    threshold: int


@dataclass(frozen=True, slots=True)
class Run:
    """
    The evidence since it was last zero, and what it rests on; *opened* is the day it crossed the line.

    *failures* counts parts times 1000000, so that a share of a failure may be trusted; *usual* is the number of whole
    failures to be expected over the run, in millionths.
    """

    evidence: int = 0
    opened: date | None = None
    since: date | None = None
    n: int = 0
    failures: int = 0
    failing_days: int = 0
    usual: int = 0


def weight(day: Day, indicator: Indicator, trust_ppm: int = MICRO) -> int:
    """
    The evidence of one day in micro-nats, before any limit: [f ln(odds) - n ln(1 + (odds - 1) q)] / phi.

    *trust_ppm* = share of failures of this age that will still stand once they are settled.
    """
    n, failures = day.fact.tally.n, day.fact.tally.failures
    against = failures * trust_ppm * log_odds(indicator.odds) // (indicator.parts * MICRO)
    granted = n * log_growth(indicator.odds, chance(day.fact.level_ppm, day.history, indicator, n))
    return (against - granted) * MICRO // dispersion(indicator.dispersion_ppm, indicator.crowding_ppm, n)


def step(run: Run, day: Day, indicator: Indicator, trust_ppm: int = MICRO) -> Run:
    """
    *run* after one more *day*; a day without tries changes nothing.

    No single day can cross the line: it adds half of the threshold at most. An open run stays at the line, and ends at
    a quarter of it.
    """
    if day.fact.tally.n == 0:
        return run
    evidence = run.evidence + min(weight(day, indicator, trust_ppm), day.threshold // 2)
    if evidence <= 0:
        return Run()
    grown = _grown(run, day, min(evidence, day.threshold) if run.opened else evidence, trust_ppm)
    if run.opened:
        return Run() if RECOVERED_AT * grown.evidence <= day.threshold else grown
    return replace(grown, opened=day.on) if _crossed(grown, day.threshold, indicator) else grown


def _grown(run: Run, day: Day, evidence: int, trust_ppm: int) -> Run:
    tally = day.fact.tally
    return Run(
        evidence=evidence,
        opened=run.opened,
        since=run.since or day.on,
        n=run.n + tally.n,
        failures=run.failures + tally.failures * trust_ppm,
        failing_days=run.failing_days + (tally.failures > 0),
        usual=run.usual + tally.n * usual_ppm(day.fact.level_ppm, day.history),
    )


def _crossed(run: Run, line: int, indicator: Indicator) -> bool:
    enough = run.failures >= FEWEST_FAILURES * indicator.parts * MICRO and run.failing_days >= FEWEST_FAILING_DAYS
    return run.evidence >= line and enough
