"""The arithmetic of the evaluation, against the numbers worked out by hand and a second computation in floats."""

from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.fields import Level
from schemas.policy.shipped import DEFAULT, shipped
from services.scoring.evaluation.achievement import Target, achievement
from services.scoring.evaluation.index import Index, Scored, index, share, suggested_behaviour, suggested_results
from services.scoring.evaluation.interval import IKM, RATIO, Kind, interval
from services.scoring.evaluation.scale import band, greatest, level, score
from services.scoring.evaluation.written import digits_of, rounded, written

POLICY = shipped()[DEFAULT]
INDICATORS = {each.code: each for each in POLICY.indicators}
LEVELS = POLICY.suggestion.levels
F = Fraction


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [(F(-1, 3), 2, "-0.33"), (F(1, 200), 2, "0.01"), (F(90), 2, "90.00"), (F(-1, 200), 2, "0.00"), (F(5, 2), 0, "3")],
)
def test_figures_are_rounded_half_up_where_they_are_written(value: Fraction, digits: int, said: str) -> None:
    """Also below zero, and with all digits."""
    assert written(value, digits) == said


@given(st.fractions(), st.integers(0, 6))
def test_what_is_rounded_is_no_further_off_than_half_a_digit(value: Fraction, digits: int) -> None:
    """And never below by half."""
    off = rounded(value, digits) - value
    assert -F(1, 2 * 10**digits) < off <= F(1, 2 * 10**digits)


@pytest.mark.parametrize(
    ("percent", "points"),
    [
        ("110.5", "120"),
        ("107", "116.67"),
        ("102", "111.11"),
        ("100", "109"),
        ("99.5", "109"),
        ("98", "88"),
        ("87.5", "78"),
        ("79.5", "70"),
        ("50", "41.53"),
    ],
)
def test_the_shipped_scale_of_results(percent: str, points: str) -> None:
    """Achievement in whole percent, half up, to 0..120."""
    assert rounded(score(INDICATORS["skp-utama"].scale, F(percent)), 2) == F(points)


def test_scores_levels_and_the_greatest_score() -> None:
    """The components of E1001, and both ends of a scale."""
    assert score(INDICATORS["skp-utama"].scale, F(90)) == 80
    assert score(INDICATORS["layanan"].scale, F(11, 12)) == F(565, 6)
    assert score(INDICATORS["kehadiran"].scale, F(20, 21)) == F(1900, 21)
    assert score(INDICATORS["kehadiran"].scale, F(0)) == 0
    assert greatest(INDICATORS["skp-utama"].scale) == 120
    assert [level(LEVELS, F(each)) for each in ("89.99", "90", "109.99", "110")] == ["below", "meets", "meets", "above"]


@pytest.mark.parametrize(
    ("ikm", "label"),
    [("88.31", "A"), ("88.305", "A"), ("88.30", "B"), ("76.605", "B"), ("76.60", "C"), ("65", "C"), ("64.99", "D")],
)
def test_the_bands_of_satisfaction_at_every_edge(ikm: str, label: str) -> None:
    """By the value as it is written, two digits."""
    bands = INDICATORS["kepuasan"].bands
    assert bands is not None
    assert band(bands, F(ikm)) == label


@pytest.mark.parametrize(
    ("kind", "n", "total", "low", "high"),
    [
        (RATIO, 20, 19, "0.7639", "0.9911"),
        (RATIO, 5, 0, "0.0000", "0.4345"),
        (RATIO, 12, 11, "0.6461", "0.9851"),
        (RATIO, 21, 20, "0.7733", "0.9915"),
        (IKM, 40, 1200, "72.10", "90.92"),
    ],
)
def test_the_intervals_worked_out(kind: Kind, n: int, total: int, low: str, high: str) -> None:
    """As the law says them."""
    ends = interval(kind, n, total)
    assert tuple(digits_of(end, kind.digits) for end in ends) == (low, high)


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
def test_an_interval_is_wilsons(counted: tuple[int, int]) -> None:
    """Computed a second time in floats: no end differs by more than its last digit."""
    n, won = counted
    z, p = 1.96, won / n
    middle, spread = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = interval(RATIO, n, won)
    assert abs(low / 10_000 - (middle - spread) / (1 + z * z / n)) <= 1.01e-4
    assert abs(high / 10_000 - (middle + spread) / (1 + z * z / n)) <= 1.01e-4
    assert 0 <= low <= high <= 10_000


@pytest.mark.parametrize(
    ("target", "realised", "reached"),
    [
        (Target(F(40), "higher"), "36", F(9, 10)),
        (Target(F(100), "lower"), "98", F(51, 50)),
        (Target(F(100), "lower"), "250", F(0)),
        (Target(F(0), "lower"), "0", F(1)),
        (Target(F(0), "lower"), "3", F(0)),
        (Target(F(0), "higher"), "3", None),
        (Target(F(80), "range", F(90)), "92", F(46, 45)),
        (Target(F(80), "range", F(90)), "70", F(7, 8)),
        (Target(F(80), "range", F(90)), "80", F(1)),
        (Target(F(7), "range", F(8), "lower"), "6.5", F(15, 14)),
        (Target(F(7), "range", F(8), "lower"), "9", F(7, 8)),
        (Target(F(-2), "range", F(0)), "1", None),
    ],
)
def test_how_far_a_target_was_reached(target: Target, realised: str, reached: Fraction | None) -> None:
    """Each direction, inside and outside, and where nothing can be computed."""
    assert achievement(target, F(realised)) == reached


def _scored(group: str, weight: int, reached: Fraction | None) -> Scored:
    found: Level | None = None if reached is None else level(LEVELS, reached)
    return Scored(group, F(weight), reached, found)  # type: ignore[arg-type]


E1001 = [
    _scored("utama", 10, None),
    _scored("utama", 10, F(80)),
    _scored("tambahan", 5, F(1000, 9)),
    _scored("tambahan", 5, F(565, 6)),
]
BEHAVIOUR = [_scored("perilaku", 1, F(1900, 21)), _scored("perilaku", 1, F(90)), _scored("perilaku", 1, None)]


def test_the_worked_card() -> None:
    """E1001 of November: indices, coverage, contributions that sum to them, and what they suggest."""
    results, behaviour = index(E1001, F(1, 2)), index(BEHAVIOUR, F(1, 2))
    assert results == Index(F(6575, 72), F(20, 30))
    assert behaviour == Index(F(1895, 21), F(2, 3))
    assert written(F(6575, 72), 2) == "91.32"
    parts = [share(each, E1001) for each in E1001]
    assert parts == [None, F(1, 2), F(1, 4), F(1, 4)]
    assert sum(p * e.score for p, e in zip(parts, E1001, strict=True) if p is not None and e.score is not None) == F(
        6575, 72
    )
    assert suggested_results(E1001, POLICY.suggestion).level == "below"
    assert suggested_behaviour(BEHAVIOUR, POLICY.suggestion).level == "meets"


def test_too_little_data_gives_no_index() -> None:
    """Not zero: nothing."""
    few = [_scored("utama", 1, F(100)), _scored("utama", 2, None)]
    assert index(few, F(1, 2)) == Index(None, F(1, 3))
    assert index([], F(1, 2)) == Index(None, None)
    assert index(few, F(1, 2)).status == "not_enough_data"


@pytest.mark.parametrize(
    ("components", "suggested", "clause"),
    [
        ([("utama", 2, 115), ("tambahan", 1, 50)], "above", "hasil-atas"),
        ([("utama", 2, 115), ("utama", 1, 50)], "below", "hasil-bawah"),
        ([("utama", 4, 115), ("utama", 1, 50)], "meets", "hasil-sesuai"),
        ([("utama", 1, 95), ("tambahan", 1, 50)], "below", "hasil-bawah"),
        ([("utama", 2, 95), ("tambahan", 1, 50)], "meets", "hasil-sesuai"),
    ],
)
def test_what_results_suggest(components: list[tuple[str, int, int]], suggested: str, clause: str) -> None:
    """Most above and no main one below; most met and a small part of the main ones below; else below."""
    found = suggested_results([_scored(g, w, F(s)) for g, w, s in components], POLICY.suggestion)
    assert (found.level, found.clause) == (suggested, clause)


def test_behaviour_is_suggested_up_to_its_ceiling() -> None:
    """Figures above everything still suggest what counters can see."""
    assert suggested_behaviour([_scored("perilaku", 1, F(120))], POLICY.suggestion).level == "meets"
