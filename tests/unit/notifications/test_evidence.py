"""The daily step against the worked numbers of the design, exact to the digits given there."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.notifications.domain.arithmetic import MICRO, log_growth, log_odds, margin
from services.notifications.domain.baseline import History, chance
from services.notifications.domain.evidence import Day, Fact, Run, step, weight
from services.notifications.domain.indicators import Indicator, Tally
from services.notifications.domain.threshold import threshold

FLAT = Indicator("worked example", Decimal("2.5"), 1, 1_030_000, 0, 60_000)
HISTORY = History(60 * MICRO, 60 * MICRO)
LINE = 3_695_000
FIRST = date(2026, 3, 1)


def day(index: int, n: int, failures: int, line: int = LINE) -> Day:
    """The *index*-th day (from 1), at a failure probability of exactly 0.06."""
    level = 60_000 * MICRO * MICRO // (MICRO * margin(4 * 60 * MICRO // FLAT.dispersion_ppm))
    return Day(FIRST + timedelta(days=index - 1), Fact(Tally(n, failures), level + 1, True), HISTORY, line)


def after(*days: tuple[int, int], run: Run | None = None, first: int = 1) -> list[Run]:
    """The runs after each of *days*."""
    run, seen = run or Run(), []
    for index, (n, failures) in enumerate(days, first):
        run = step(run, day(index, n, failures), FLAT)
        seen.append(run)
    return seen


RAISED = ((5, 0), (5, 1), (4, 0), (5, 2), (5, 1), (0, 0), (5, 3))


def nats(micro: int) -> str:
    """Micro-nats as the design prints them."""
    return str((Decimal(micro) / MICRO).quantize(Decimal("0.001")))


def test_logarithms_are_the_worked_micro_nats() -> None:
    """ln 2.5 and ln(1 + 1.5 x 0.06) are 916291 and 86178 micro-nats."""
    assert (log_odds(Decimal("2.5")), log_growth(Decimal("2.5"), 600)) == (916_291, 86_178)


def test_one_failure_and_one_success_weigh_as_worked() -> None:
    """At q0 0.06 and phi 1.03 a failure adds 0.806 and a success takes 0.084."""
    assert chance(day(1, 1, 0).fact.level_ppm, HISTORY, FLAT, 1) == 600
    assert (nats(weight(day(1, 1, 1), FLAT)), nats(weight(day(1, 1, 0), FLAT))) == ("0.806", "-0.084")


def test_threshold_is_the_worked_one() -> None:
    """I 63.0, D 235, B 0.25 and odds 2.5 give 3.695 nats."""
    assert threshold(Decimal("63.0"), Decimal(235), Decimal("2.5"), Decimal("0.25")) == LINE


@pytest.mark.parametrize(
    ("information", "budget", "nats_wanted"),
    [("0.1", "0.5", "2.000"), ("63", "0.05", "5.693")],
)
def test_threshold_has_a_floor_and_rises_with_less_budget(information: str, budget: str, nats_wanted: str) -> None:
    """A stream that sees almost nothing gets 2 nats; fewer false alarms cost a higher line."""
    assert nats(threshold(Decimal(information), Decimal(235), Decimal("2.5"), Decimal(budget))) == nats_wanted


def test_margin_of_ten_failures_is_the_worked_one() -> None:
    """F + a = 10 at phi 1 widens the expectation by 1.372."""
    assert round(Decimal(margin(40)) / MICRO, 3) == Decimal("1.372")


def test_evidence_follows_the_worked_week_and_raises_on_its_last_day() -> None:
    """The seven worked days give the worked sums, and the line is crossed on day 7 from day 2 on."""
    runs = after(*RAISED)
    assert [nats(run.evidence) for run in runs] == ["0.000", "0.471", "0.137", "1.497", "1.969", "1.969", "3.816"]
    assert [run.opened for run in runs] == [None] * 6 + [date(2026, 3, 7)]
    last = runs[-1]
    assert (last.since, last.failures // MICRO, last.failing_days, last.n) == (date(2026, 3, 2), 7, 4, 24)


def test_an_open_run_is_clipped_to_the_line_and_ends_on_the_seventh_good_day() -> None:
    """After the raise one more failure keeps S at 3.695; then seven clean days of five end the run on day 15."""
    raised = after(*RAISED)[-1]
    runs = after((5, 1), *[(5, 0)] * 7, run=raised, first=8)
    assert runs[0].evidence == LINE
    assert nats(runs[0].evidence - runs[1].evidence) == "0.418"
    assert [run.opened is None for run in runs] == [False] * 7 + [True]
    assert runs[-1] == Run()
    assert day(15, 5, 0).on == date(2026, 3, 15)


def test_one_day_never_raises_however_bad() -> None:
    """Forty failures of forty add half the line and no case."""
    run = after((40, 40))[-1]
    assert (run.evidence, run.opened) == (LINE // 2, None)


def test_two_failures_never_raise() -> None:
    """Below three failures no case opens, even at a line that they cross."""
    run = Run()
    for index in (1, 2):
        run = step(run, day(index, 1, 1, line=1_000_000), FLAT)
    assert (run.evidence, run.opened) == (1_000_000, None)


def test_failures_trusted_by_half_weigh_half() -> None:
    """A failure of which half will stand adds half of ln(odds) over phi."""
    clean, full, half = weight(day(1, 5, 0), FLAT), weight(day(1, 5, 2), FLAT), weight(day(1, 5, 2), FLAT, 500_000)
    assert abs((full - clean) - 2 * (half - clean)) <= 2
