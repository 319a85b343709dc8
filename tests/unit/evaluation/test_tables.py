"""Lateness, absence, angka kredit and the view of PP 30/2019, by the tables of the rules."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.fields import Level
from schemas.policy.rational import exact
from schemas.policy.shipped import DEFAULT, shipped
from services.scoring.evaluation.tables import (
    Absent,
    DayState,
    Late,
    absence,
    angka_kredit,
    lateness,
    pp30_view,
)
from services.scoring.evaluation.written import written

F = Fraction
POLICY = shipped()[DEFAULT]
PP30 = next(each.pp30 for each in shipped().values() if each.pp30 is not None)
assert POLICY.lateness is not None
assert POLICY.absence is not None
assert POLICY.angka_kredit is not None
LATENESS, ABSENCE, CREDIT = POLICY.lateness, POLICY.absence, POLICY.angka_kredit
LEVELS: tuple[Level, ...] = ("below", "meets", "above")


@pytest.mark.parametrize(
    ("minutes", "label", "percent"),
    [
        (0, None, "0.00"),
        (1, "TL1", "0.50"),
        (30, "TL1", "0.50"),
        (31, "TL2", "1.00"),
        (60, "TL2", "1.00"),
        (61, "TL3", "1.50"),
        (90, "TL3", "1.50"),
        (91, "TL4", "2.00"),
        (1500, "TL4", "2.00"),
    ],
)
def test_each_band_of_lateness_at_its_edges(minutes: int, label: str | None, percent: str) -> None:
    """The greatest beginning that the minutes reach; in time is in no band."""
    found = lateness(LATENESS, [minutes], 0)
    assert (found.days, written(found.percent, 2)) == ({label: 1} if label else {}, percent)


def test_the_lateness_worked_out() -> None:
    """E1001 in November: once 5 minutes late, once absent."""
    found = lateness(LATENESS, [0] * 19 + [5], 1)
    assert found == Late({"TL1": 1}, 1, F(9, 2))
    assert written(found.percent, 2) == "4.50"


def test_a_band_from_zero_has_the_days_in_time() -> None:
    """As its words say: 0 minutes reach it."""
    rules = LATENESS.model_copy(update={"bands": [LATENESS.bands[0].model_copy(update={"from_": 0, "label": "TL0"})]})
    assert lateness(rules, [0, 0, 40], 0).days == {"TL0": 3}


@given(st.lists(st.integers(0, 200), max_size=30), st.integers(0, 30))
def test_lateness_sums_over_days(minutes: list[int], absent: int) -> None:
    """Every day for itself, whatever the order; counted a second time by edges."""
    edges = {"TL1": range(1, 31), "TL2": range(31, 61), "TL3": range(61, 91), "TL4": range(91, 201)}
    days = {label: sum(each in span for each in minutes) for label, span in edges.items()}
    halves = days["TL1"] + 2 * days["TL2"] + 3 * days["TL3"] + 4 * days["TL4"] + 8 * absent
    expected = Late({label: n for label, n in days.items() if n}, absent, F(halves, 2))
    assert lateness(LATENESS, minutes, absent) == lateness(LATENESS, reversed(minutes), absent) == expected


@pytest.mark.parametrize(
    ("days", "step"),
    [
        (0, None),
        (2, None),
        (3, "ringan: teguran lisan"),
        (4, "ringan: teguran tertulis"),
        (6, "ringan: teguran tertulis"),
        (7, "ringan: pernyataan tidak puas tertulis"),
        (10, "ringan: pernyataan tidak puas tertulis"),
        (11, "sedang: potong tukin 25 % 6 bulan"),
        (13, "sedang: potong tukin 25 % 6 bulan"),
        (14, "sedang: potong tukin 25 % 9 bulan"),
        (17, "sedang: potong tukin 25 % 12 bulan"),
        (20, "sedang: potong tukin 25 % 12 bulan"),
        (21, "berat: jabatan setingkat lebih rendah 12 bulan"),
        (24, "berat: jabatan setingkat lebih rendah 12 bulan"),
        (25, "berat: pembebasan dari jabatan 12 bulan"),
        (27, "berat: pembebasan dari jabatan 12 bulan"),
        (28, "berat: pemberhentian dengan hormat tidak atas permintaan sendiri"),
        (60, "berat: pemberhentian dengan hormat tidak atas permintaan sendiri"),
    ],
)
def test_the_steps_of_discipline(days: int, step: str | None) -> None:
    """PP 94/2021 at every edge, no two days in a row."""
    assert absence(ABSENCE, ["absent", "present"] * days) == Absent(days, min(days, 1), step)


def test_ten_days_in_a_row_go_before_the_steps() -> None:
    """Weekends and leave between them neither count nor break the run; a day of presence does."""
    week: list[DayState] = ["absent", "absent", "absent", "absent", "absent", "other", "other"]
    assert absence(ABSENCE, week * 2) == Absent(10, 10, "berat: 10 hari berturut-turut")
    assert absence(ABSENCE, [*week, "present", *week]) == Absent(10, 5, "ringan: pernyataan tidak puas tertulis")
    assert absence(ABSENCE, week * 6 + ["present"]).step == "berat: 10 hari berturut-turut"


@given(st.lists(st.sampled_from(["present", "absent", "other"]), max_size=80))
def test_the_longest_run_of_absence(days: list[Any]) -> None:
    """Counted a second time as text."""
    text = "".join({"present": " ", "absent": "x", "other": ""}[each] for each in days)
    found = absence(ABSENCE, days)
    assert (found.days, found.longest) == (text.count("x"), max(map(len, text.split(" "))))


def test_angka_kredit() -> None:
    """Two months of baik as ahli pertama, a year of each predikat and jenjang, and what no table has."""
    assert written(_credit("baik", "pertama", 2), 2) == "2.08"
    for predikat, percent in CREDIT.percent.items():
        for jenjang, coefficient in CREDIT.coefficient.items():
            assert _credit(predikat, jenjang, 12) == exact(percent) * exact(coefficient) / 100
    assert [written(_credit("sangat_baik", each, 12), 2) for each in ("pemula", "utama")] == ["5.63", "75.00"]
    assert angka_kredit(CREDIT, "baik", "camat", 12) is None
    assert angka_kredit(CREDIT.model_copy(update={"percent": {}}), "baik", "pertama", 12) is None


def _credit(predikat: Any, jenjang: str, months: int) -> Fraction:
    found = angka_kredit(CREDIT, predikat, jenjang, months)
    assert found is not None
    return found


def test_the_view_of_pp_30_worked_out() -> None:
    """E1001 without and with a release."""
    assert PP30 is not None
    alone = pp30_view(PP30, F(6575, 72), ["meets", "above"], [])
    assert alone is not None
    assert (alone.perilaku, alone.value, alone.category, alone.idea_needed) == (F(215, 2), F(13849, 144), "baik", False)
    released = pp30_view(PP30, F(6575, 72), ["meets", "above"], ["meets"])
    assert released is not None
    assert (released.perilaku, released.value) == (F(209, 2), F(11591, 120))
    assert [written(each.value, 2) for each in (alone, released) if each.value is not None] == ["96.17", "96.59"]


@pytest.mark.parametrize(
    ("value", "category", "idea_needed"),
    [
        ("120", "baik", True),
        ("110", "baik", True),
        ("109.99", "baik", False),
        ("90", "baik", False),
        ("89.999", "cukup", False),
        ("70", "cukup", False),
        ("50", "kurang", False),
        ("49.99", "sangat_kurang", False),
        ("-1", None, False),
    ],
)
def test_categories_at_their_edges(value: str, category: str | None, idea_needed: bool) -> None:
    """People alone can say whether there was a new idea; so the highest is passed over."""
    assert PP30 is not None
    parts = PP30.without.model_copy(update={"skp": 100, "perilaku": 0})
    found = pp30_view(PP30.model_copy(update={"without": parts}), F(value), ["meets"], [])
    assert found is not None
    assert (found.value, found.category, found.idea_needed) == (F(value), category, idea_needed)


@given(st.lists(st.sampled_from(LEVELS), max_size=7), st.lists(st.sampled_from(LEVELS), max_size=14))
def test_a_view_lacks_what_its_parts_lack(rated: list[Level], released: list[Level]) -> None:
    """No index, or no value rated: no view; whatever was released."""
    assert PP30 is not None
    points: dict[Level, int] = {"below": 60, "meets": 100, "above": 115}
    found, without = pp30_view(PP30, F(90), rated, released), pp30_view(PP30, None, rated, released)
    assert found is not None
    assert without is not None
    assert (without.value, without.category, without.perilaku) == (None, None, found.perilaku)
    if not rated:
        assert (found.value, found.perilaku) == (None, None)
        return
    behaviour = F(sum(points[each] for each in rated), len(rated))
    if released:
        behaviour = behaviour * F("0.6") + F(sum(points[each] for each in released), len(released)) * F("0.4")
    skp = F("0.6") if released else F("0.7")
    assert (found.perilaku, found.value) == (behaviour, skp * 90 + (1 - skp) * behaviour)


def test_a_policy_has_the_view_off() -> None:
    """Then there is none."""
    assert PP30 is not None
    assert pp30_view(PP30.model_copy(update={"enabled": False}), F(90), ["meets"], []) is None
