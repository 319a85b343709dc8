"""How predikat are spread over a group, and the capaian that says what is expected of it."""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.policy.model import Distribution
from schemas.policy.shipped import DEFAULT, shipped
from services.scoring.domain.evaluation_facts import Capaian, CapaianSet, Predikat
from services.scoring.evaluation.capaian import Used, Years, capaian_set, used_capaian
from services.scoring.evaluation.distribution import PREDIKATS, distribution
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.periods import Period
from tests.support.evaluation_office import ALWAYS, Office, Weekdays, constant, stamped

RULES = shipped()[DEFAULT].distribution
assert RULES is not None
CAPAIAN: tuple[Capaian, ...] = ("istimewa", "baik", "butuh_perbaikan", "kurang", "sangat_kurang")


def group(*numbers: int, without: int = 0) -> dict[str, Predikat | None]:
    """So many people with each predikat, best first, and some without."""
    found = [predikat for predikat, number in zip(PREDIKATS, numbers, strict=False) for _ in range(number)]
    return dict(zip(map(str, range(100)), [*found, *[None] * without], strict=False))


def warned(people: dict[str, Predikat | None], used: Capaian | None) -> list[tuple[Any, ...]]:
    """The warnings in short."""
    assert RULES is not None
    shown = [each.written() for each in distribution(RULES, people, used).warnings]
    return [(each["clause"], each["rule"], each["bound"], each["count"], each["people"]) for each in shown]


def test_the_distribution_worked_out() -> None:
    """Of six with capaian baik: baik 5, sangat_baik 1."""
    assert RULES is not None
    found = distribution(RULES, group(1, 5), "baik").written()
    counts = {"sangat_baik": 1, "baik": 5, "butuh_perbaikan": 0, "kurang": 0, "sangat_kurang": 0}
    both = {"clause": "se-baik", "small": "16.67"}
    assert found == {
        "of": 6,
        "set": 6,
        "counts": counts,
        "warnings": [
            {**both, "predikat": ["baik"], "rule": "at_most", "bound": "0.7", "count": 5, "people": 4},
            {
                **both,
                "predikat": ["butuh_perbaikan", "kurang"],
                "rule": "exists",
                "bound": None,
                "count": 0,
                "people": None,
            },
        ],
    }


@pytest.mark.parametrize(
    ("used", "numbers", "expected"),
    [
        ("istimewa", (7, 3), []),
        ("istimewa", (8, 2), [("se-istimewa", "at_most", "0.7", 8, 7)]),
        ("istimewa", (4, 6), [("se-istimewa", "peak", None, 4, None)]),
        ("istimewa", (5, 5), []),
        ("baik", (1, 7, 2), []),
        ("baik", (1, 7, 0, 2), []),
        ("baik", (1, 7, 0, 0, 2), [("se-baik", "exists", None, 0, None)]),
        ("baik", (5, 4, 1), [("se-baik", "peak", None, 4, None)]),
        ("butuh_perbaikan", (1, 3, 6), []),
        (
            "butuh_perbaikan",
            (2, 3, 5),
            [("se-butuh-perbaikan", "at_least", "0.6", 5, 6), ("se-butuh-perbaikan", "at_most", "0.1", 2, 1)],
        ),
        ("kurang", (1, 2, 1, 6), []),
        (
            "kurang",
            (2, 3, 0, 5),
            [
                ("se-kurang", "at_least", "0.6", 5, 6),
                ("se-kurang", "at_least", "0.1", 0, 1),
                ("se-kurang", "at_most", "0.1", 2, 1),
            ],
        ),
        ("sangat_kurang", (0, 3, 1, 0, 6), []),
        ("sangat_kurang", (0, 3, 0, 1, 6), []),
        (
            "sangat_kurang",
            (1, 4, 0, 0, 5),
            [
                ("se-sangat-kurang", "at_least", "0.6", 5, 6),
                ("se-sangat-kurang", "at_least", "0.1", 0, 1),
                ("se-sangat-kurang", "at_most", "0", 1, 0),
            ],
        ),
        (None, (10,), []),
    ],
)
def test_the_pattern_of_each_capaian(used: Capaian | None, numbers: Sequence[int], expected: list[Any]) -> None:
    """SE 3/2023 for ten people, on and beside every bound."""
    assert warned(group(*numbers), used) == expected


def test_a_bound_in_people_is_whole() -> None:
    """At most 70 percent of six are four, at least 60 percent of six are four, too."""
    assert warned(group(0, 5, 0, 1), "baik") == [("se-baik", "at_most", "0.7", 5, 4)]
    assert warned(group(0, 3, 3), "butuh_perbaikan") == [("se-butuh-perbaikan", "at_least", "0.6", 3, 4)]


def test_people_without_a_predikat_are_of_the_group_and_nothing_else() -> None:
    """Bounds are of those who have one; with nobody nothing is warned of."""
    assert RULES is not None
    found = distribution(RULES, group(1, 5, without=4), "baik")
    assert (found.people, found.set, len(found.warnings)) == (10, 6, 2)
    assert distribution(RULES, group(without=4), "baik").warnings == ()
    assert distribution(RULES, {}, "baik").people == 0


def test_a_group_is_small_by_the_predikat_it_has() -> None:
    """Under ten one person weighs more than ten percent."""
    assert RULES is not None
    for numbers, small in (((0, 9), Fraction(100, 9)), ((0, 10), None)):
        assert {each.small for each in distribution(RULES, group(*numbers, without=3), "baik").warnings} == {small}


@given(
    st.lists(st.sampled_from((*PREDIKATS, None)), max_size=25),
    st.sampled_from((*CAPAIAN, None)),
    st.fractions(0, 1, max_denominator=20),
)
def test_warnings_are_what_the_words_say(people: list[Any], used: Any, bound: Fraction) -> None:
    """Each rule counted a second time; the bound is the policy's."""
    rules = _rules(f"{bound.numerator}/{bound.denominator}")
    found = distribution(rules, dict(enumerate(people)), used)  # type: ignore[arg-type]
    rated = [each for each in people if each is not None]
    m, best, mended = len(rated), rated.count("baik"), rated.count("kurang") + rated.count("butuh_perbaikan")
    holds = {
        "at_most": best * bound.denominator <= bound.numerator * m,
        "at_least": mended * bound.denominator >= bound.numerator * m,
        "exists": mended > 0,
        "peak": all(rated.count(each) <= best for each in PREDIKATS),
    }
    expected = [rule for rule, kept in holds.items() if m and used == "baik" and not kept]
    assert [each.written()["rule"] for each in found.warnings] == expected
    assert {each.people for each in found.warnings} <= {None, int(bound * m), ceil(bound * m)}
    assert found.counts == {each: rated.count(each) for each in PREDIKATS}


def _rules(bound: str) -> Distribution:
    mended = ["butuh_perbaikan", "kurang"]
    return Distribution.model_validate(
        {
            "small_under": 10,
            "small_clause": "a",
            "rows": [
                {"capaian": "baik", "predikat": ["baik"], "at_most": bound, "clause": "a"},
                {"capaian": "baik", "predikat": mended, "at_least": bound, "clause": "a"},
                {"capaian": "baik", "predikat": mended, "exists": True, "clause": "a"},
                {"capaian": "baik", "predikat": ["baik"], "peak": True, "clause": "a"},
            ],
        }
    )


YEAR = Period.of("2026")
LIMIT = date(2027, 1, 31)
OFFICE = Office(heads={"loket": [(ALWAYS, "e"), (date(2027, 1, 20), "z")]})


def set_(capaian: Capaian, on: date, setter: str = "x", period: str = "2026", number: str = "c") -> Stamped[CapaianSet]:
    """That a capaian was set."""
    fact = CapaianSet(period=period, capaian=capaian, setter=setter, reason="laporan")
    return stamped(fact, on, number, subject="unit:loket")


def used(period: Period, events: Years, closed: date) -> Used | None:
    """Ask which is used."""
    return used_capaian("loket", period, events, OFFICE, Weekdays(closed))


def test_nobody_sets_the_capaian_of_a_unit_they_lead() -> None:
    """Whoever leads it that day; what does not count leaves the register, and the one before holds again."""
    early, own = set_("kurang", date(2027, 1, 10)), set_("istimewa", date(2027, 1, 12), "e", number="own")
    assert capaian_set([own, early], OFFICE) == early
    after = set_("baik", date(2027, 1, 25), "e", number="after")
    assert capaian_set([after, own, early], OFFICE) == after
    assert capaian_set([own], OFFICE) is None
    assert capaian_set([own], Office(heads=constant(loket=None))) == own


def test_a_year_uses_what_was_set_by_the_end_of_january() -> None:
    """After that, and once the day has passed, the year before's, whatever its date."""
    in_time, late = set_("baik", LIMIT), set_("kurang", date(2027, 2, 1), number="late")
    before = set_("butuh_perbaikan", date(2026, 12, 30), period="2025", number="before")
    assert used(YEAR, Years([in_time, late], [before]), date(2027, 3, 1)) == Used("2026", "baik")
    assert used(YEAR, Years([late], [before]), date(2027, 1, 30)) is None
    assert used(YEAR, Years([late], [before]), LIMIT) == Used("2025", "butuh_perbaikan")
    assert used(YEAR, Years([late]), LIMIT) is None
    assert used(Period.of("2026-Q4"), Years([in_time, late], [before]), LIMIT) == Used("2026", "kurang")


@given(
    st.lists(st.tuples(st.integers(-20, 20), st.sampled_from("exz"), st.sampled_from(CAPAIAN)), max_size=6),
    st.lists(st.tuples(st.integers(-400, 20), st.sampled_from("exz"), st.sampled_from(CAPAIAN)), max_size=3),
    st.integers(-5, 5),
    st.randoms(use_true_random=False),
)
def test_the_capaian_used_is_what_the_words_say(own: list[Any], before: list[Any], closed: int, chance: Any) -> None:
    """Looked for a second time from the greatest down; the order of arrival changes nothing."""
    events = [_event(each, number, "2026") for number, each in enumerate(own)]
    earlier = [_event(each, number, "2025") for number, each in enumerate(before)]
    day = LIMIT + timedelta(days=closed)
    expected = next((each.fact for each in _falling(events) if each.date <= LIMIT), None)
    if expected is None and day >= LIMIT:
        expected = next((each.fact for each in _falling(earlier)), None)
    chance.shuffle(events)
    chance.shuffle(earlier)
    found = used(YEAR, Years(events, earlier), day)
    assert found == (None if expected is None else Used(expected.period, expected.capaian))


def _event(said: Any, number: int, period: str) -> Stamped[CapaianSet]:
    days, setter, capaian = said
    return set_(capaian, LIMIT + timedelta(days=days), setter, period, str(number))


def _falling(events: list[Stamped[CapaianSet]]) -> list[Stamped[CapaianSet]]:
    counting = [each for each in events if each.fact.setter != ("z" if each.date >= date(2027, 1, 20) else "e")]
    return sorted(counting, key=lambda each: each.stamp, reverse=True)
