"""A stream is a function of its facts, agrees with the formulas in rationals, and cries wolf as seldom as asked."""

from datetime import date, timedelta
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifications.domain.cases import Case, Step, settle_account
from services.notifications.domain.evidence import Fact, Run
from services.notifications.domain.indicators import ATTENDANCE, INDICATORS, SATISFACTION, Indicator, Tally
from services.notifications.domain.stream import WINDOW_DAYS, Rules, Stream, runs, take
from tests.support import naive_detector

FIRST = date(2026, 1, 5)
DAYS = 75


def fact(n: int, failures: int, level_ppm: int = 60_000) -> Fact:
    """A day on which the unit worked."""
    return Fact(Tally(n, failures), level_ppm, True)


def folded(rules: Rules, days: list[tuple[date, Fact]]) -> Stream:
    """The stream that has taken *days* one after the other."""
    stream = Stream()
    for on, known in days:
        stream = take(stream, rules, on, known)
    return stream


@st.composite
def stream_days(draw: st.DrawFn, indicator: Indicator) -> dict[date, Fact]:
    """Some 75 days with gaps, quiet days, bad weeks and days without tries."""
    days: dict[date, Fact] = {}
    for index in range(DAYS):
        kind = draw(st.sampled_from(["gap", "idle", "good", "good", "good", "mixed", "bad"]))
        n = draw(st.integers(1, 12)) if kind not in ("gap", "idle") else 0
        share = {"good": n // 6, "mixed": n // 2, "bad": n}.get(kind, 0) * indicator.parts
        if kind != "gap":
            failures = draw(st.integers(0, share))
            days[FIRST + timedelta(days=index)] = Fact(Tally(n, failures), 60_000 + 1_000 * (index % 5), kind != "idle")
    return days


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[Indicator, dict[date, Fact], list[tuple[date, Fact]]]:
    """Days, and a way they may be learned: late, shuffled, doubled, or first wrong, but all within the window."""
    indicator = draw(st.sampled_from(INDICATORS))
    days = draw(stream_days(indicator))
    arrivals: list[tuple[int, int, date, Fact]] = []
    for number, (on, known) in enumerate(days.items()):
        index = (on - FIRST).days
        when = index + draw(st.integers(0, min(WINDOW_DAYS - 1, DAYS - 1 - index)))
        if draw(st.booleans()):
            arrivals.append((draw(st.integers(index, when)), -1, on, fact(5, 5 * indicator.parts)))
        arrivals.append((when, number, on, known))
    arrivals.sort(key=lambda arrival: arrival[:2])
    return indicator, days, [(on, known) for _, _, on, known in arrivals]


@settings(deadline=None, max_examples=60)
@given(deliveries())
def test_facts_late_and_shuffled_inside_the_window_give_the_same_stream(
    delivered: tuple[Indicator, dict[date, Fact], list[tuple[date, Fact]]],
) -> None:
    """However the facts of the window arrive, checkpoint, history, load, line and window are the same integers."""
    indicator, days, arrivals = delivered
    rules = Rules(indicator)
    assert folded(rules, list(days.items())) == folded(rules, arrivals)


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(INDICATORS).flatmap(lambda kind: st.tuples(st.just(kind), stream_days(kind))))
def test_each_step_agrees_with_the_formulas_in_rationals(given_days: tuple[Indicator, dict[date, Fact]]) -> None:
    """Day by day the integer evidence is within four thousandths of a nat of the formulas, and so are its decisions."""
    indicator, days = given_days
    rules, stream, case_days = Rules(indicator), Stream(), frozenset[date]()
    before = Run()
    for on, known in days.items():
        stream = take(stream, rules, on, known)
        after = list(runs(stream, rules))[-1]
        if known.tally.n:
            expected = naive_detector.expectation(on, days, case_days, indicator, rules.strength)
            exact = naive_detector.evidence(known, expected, indicator)
            check_step(before, after, exact, Fraction(stream.window[-1].threshold, 10**6))
        if after.opened:
            case_days |= {on}
        before = after


def check_step(before: Run, after: Run, exact: Fraction, line: Fraction) -> None:
    """The step from *before* to *after* is the one that *exact* nats of evidence make, outside a hair's breadth."""
    hair = Fraction(4, 1000)
    wanted = max(Fraction(0), Fraction(before.evidence, 10**6) + min(exact, line / 2))
    if before.opened:
        wanted = min(wanted, line)
        wanted = Fraction(0) if wanted <= line / 4 - hair else wanted
        if abs(wanted - line / 4) <= hair:
            return
    assert abs(Fraction(after.evidence, 10**6) - wanted) <= hair
    if wanted < line - hair and not before.opened:
        assert after.opened is None


def test_a_day_older_than_the_window_changes_nothing() -> None:
    """A fact 28 days behind the last closed day is for the ledger, not for alerts."""
    rules = Rules(ATTENDANCE)
    stream = folded(rules, [(FIRST + timedelta(days=index), fact(5, 0)) for index in range(40)])
    assert take(stream, rules, FIRST + timedelta(days=11), fact(5, 5)) == stream
    assert take(stream, rules, FIRST + timedelta(days=12), fact(5, 5)) != stream


def test_the_baseline_does_not_learn_from_days_with_an_open_case() -> None:
    """A year of drop teaches the stream nothing: it stays expected at its old rate until a human says otherwise."""
    rules = Rules(ATTENDANCE)
    good = [(FIRST + timedelta(days=index), fact(10, index % 2)) for index in range(60)]
    learned = folded(rules, [*good, *[(FIRST + timedelta(days=index), fact(10, 6)) for index in range(60, 90)]])
    later = folded(rules, [*good, *[(FIRST + timedelta(days=index), fact(10, 6)) for index in range(60, 300)]])
    assert learned.history.failures < 35_000_000
    ratio = Fraction(later.history.failures, later.history.expected)
    assert ratio < Fraction(13, 10)


def drawn(chance: Random, n: int, rate: float, parts: int = 1) -> int:
    """Failures of *n* tries at *rate*; for parts, each try fails by a third of an answer three times at most."""
    if parts == 1:
        return sum(chance.random() < rate for _ in range(n))
    return 9 * sum(chance.random() < rate for _ in range(3 * n))


def stepped(rules: Rules, days: list[tuple[date, Fact]]) -> list[tuple[date, Step]]:
    """Every step told while *days* close one after the other."""
    stream, told = Stream(), list[tuple[date, Step]]()
    case: Case | None = None
    for on, known in days:
        stream = take(stream, rules, on, known)
        account = settle_account(case, stream, rules)
        case = account.case
        told.extend((on, step) for step in account.steps)
    return told


def weekdays(count: int) -> list[date]:
    """The first *count* days that are not a weekend."""
    days = (FIRST + timedelta(days=index) for index in range(count * 7 // 5 + 7))
    return [day for day in days if day.weekday() < 5][:count]


@pytest.mark.parametrize(("indicator", "rate", "level"), [(ATTENDANCE, 0.06, 60_000), (SATISFACTION, 0.24, 240_000)])
def test_quiet_streams_raise_about_as_seldom_as_asked(indicator: Indicator, rate: float, level: int) -> None:
    """Thirty units of ten without a drop raise fewer than half an alarm each a year, at a budget of a quarter."""
    chance, rules = Random(20250601), Rules(indicator)
    raised = 0
    for _ in range(30):
        days = [(on, fact(10, drawn(chance, 10, rate, indicator.parts), level)) for on in weekdays(260)]
        raised += sum(step is Step.RAISED for _, step in stepped(rules, days))
    assert raised < 15


def test_a_large_drop_in_a_unit_of_twelve_is_told_within_a_fortnight() -> None:
    """Odds six times as bad are found in 14 days nearly always, from the right day on give or take a week."""
    chance, rules, found = Random(7), Rules(ATTENDANCE), 0
    days = weekdays(150)
    for _ in range(20):
        facts = [(on, fact(12, drawn(chance, 12, 0.06 if on < days[120] else 0.277))) for on in days]
        told = [on for on, step in stepped(rules, facts) if step is Step.RAISED and on >= days[120]]
        found += bool(told) and (told[0] - days[120]).days <= 14
    assert found >= 18
