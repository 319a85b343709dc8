"""The events of the evaluation: what each may say, and where it is told what it may not (scoring.md 4 and 6)."""

from copy import deepcopy
from typing import Any

import pytest

from schemas.evaluation import MATRIX
from schemas.event import InvalidEvent, read_event
from tests.support.mutants import examples, mutants

LEVELS = ("below", "meets", "above")
QUADRANTS = {
    ("above", "below"): "kurang",
    ("above", "meets"): "baik",
    ("above", "above"): "sangat_baik",
    ("meets", "below"): "kurang",
    ("meets", "meets"): "baik",
    ("meets", "above"): "baik",
    ("below", "below"): "sangat_kurang",
    ("below", "meets"): "butuh_perbaikan",
    ("below", "above"): "butuh_perbaikan",
}
PREDIKAT = ("sangat_baik", "baik", "butuh_perbaikan", "kurang", "sangat_kurang")


def _problems(name: str, **changes: Any) -> dict[str, str]:
    event = deepcopy(examples()[name])
    event["data"].update(changes)
    try:
        read_event(event)
    except InvalidEvent as exc:
        return {problem.pointer: problem.detail for problem in exc.problems}
    return {}


@pytest.mark.parametrize("hasil_kerja", LEVELS)
@pytest.mark.parametrize("perilaku", LEVELS)
@pytest.mark.parametrize("predikat", PREDIKAT)
@pytest.mark.parametrize("name", ["predikat.set.v1/baik", "objection.decided.v1/diubah"])
def test_a_predikat_is_the_one_of_its_quadrant(name: str, hasil_kerja: str, perilaku: str, predikat: str) -> None:
    """All nine cells; any other is refused where it stands, and the right one is named."""
    found = _problems(name, hasil_kerja=hasil_kerja, perilaku=perilaku, predikat=predikat)
    right = QUADRANTS[hasil_kerja, perilaku]
    if predikat == right:
        assert found == {}
    else:
        assert list(found) == ["/data/predikat"]
        assert right in found["/data/predikat"]


def test_the_matrix_has_nine_cells() -> None:
    """Every combination of levels."""
    assert dict(MATRIX) == QUADRANTS


def test_a_policy_is_refused_with_all_that_is_wrong_below_its_document() -> None:
    """Shape and what holds between fields, at once."""
    document = deepcopy(examples()["policy.proposed.v1/dinas-kesehatan"]["data"]["document"])
    document["indicators"][0]["weight"] = 0.5
    document["indicators"][2]["clause"] = "nowhere"
    document["suggestion"]["levels"]["above"] = 90
    del document["clocks"]["contest"]
    assert set(_problems("policy.proposed.v1/dinas-kesehatan", document=document)) == {
        "/data/document/indicators/0/weight",
        "/data/document/indicators/2/clause",
        "/data/document/suggestion/levels/above",
        "/data/document/clocks/contest",
    }


@pytest.mark.parametrize(("day", "refused"), [("2026-11-25", True), ("2026-11-24", True), ("2026-11-26", False)])
def test_no_policy_reaches_back(day: str, refused: bool) -> None:
    """It comes into force after the Jakarta day on which it is published."""
    found = _problems("policy.published.v1/dinas-kesehatan-2027", effective_from=day)
    assert list(found) == (["/data/effective_from"] if refused else [])


def test_what_an_objection_changes_goes_with_its_decision() -> None:
    """All three if changed, none if kept."""
    assert set(_problems("objection.decided.v1/tetap", perilaku="meets")) == {"/data/perilaku"}
    assert set(_problems("objection.decided.v1/diubah", perilaku=None, predikat=None)) == {
        "/data/perilaku",
        "/data/predikat",
    }


def test_targets_and_factors_name_the_field() -> None:
    """Each fault where it stands."""
    assert set(_problems("result.targeted.v1/range", direction="lower", better="lower")) == {
        "/data/upper",
        "/data/better",
    }
    assert set(_problems("result.targeted.v1/range", better="lower", maximum=True)) == set()
    assert list(_problems("result.reported.v1/held-back", factors=["sdm", "beban", "sdm"])) == ["/data/factors/2"]
    assert list(_problems("result.reported.v1/held-back", factors=["hujan"])) == ["/data/factors/0"]


def test_whatever_stands_in_a_policy_is_judged() -> None:
    """Lists and objects where a text belongs, too: refused with pointers, never an error of ours."""
    made = list(mutants(examples()["policy.proposed.v1/dinas-kesehatan"]))
    refused = [found for mutant in made if (found := _refused(mutant.event))]
    assert len(refused) > len(made) // 2


def _refused(event: Any) -> list[str]:
    try:
        read_event(event)
    except InvalidEvent as exc:
        return [problem.detail for problem in exc.problems]
    return []
