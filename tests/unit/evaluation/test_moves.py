"""Moves between two policies: which way, by which cells, whose."""

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.scoring.evaluation.moves import FEWEST, Judged, Keys, MovedPerson, Tally, moved
from services.scoring.evaluation.suggesting import Levels

LEVELS = (None, "below", "meets", "above")
KEYS = st.builds(Keys, st.sampled_from("abc"), st.sampled_from(("Kasi", "rest")), st.sampled_from(("day", "night")))
PAIRS = st.builds(Levels, st.sampled_from(LEVELS), st.sampled_from(LEVELS))
CASES = st.builds(Judged, st.sampled_from(("2026-10", "2026-11")), KEYS, PAIRS, PAIRS)
PEOPLE = st.dictionaries(
    st.integers(0, 40).map(lambda number: f"E{number:02}"),
    st.lists(CASES, max_size=2, unique_by=lambda case: case.period),
    max_size=25,
)


def test_every_pair_of_suggestions_moves_one_way() -> None:
    """None is no suggestion: it is neither above nor below."""
    table = {(before, after): moved(before, after) for before in LEVELS for after in LEVELS}  # type: ignore[arg-type]

    assert Counter(table.values()) == {"same": 4, "up": 3, "down": 3, "appears": 3, "goes": 3}
    assert table["below", "above"] == table["meets", "above"] == table["below", "meets"] == "up"
    assert table[None, "below"] == "appears"
    assert table["above", None] == "goes"


def _tallied(people: dict[str, list[Judged]], order: list[str]) -> Tally:
    tally = Tally(people=True)
    for employee in order:
        tally.add(employee, people[employee])
    return tally


@given(PEOPLE, st.randoms(use_true_random=False))
def test_whatever_the_order_the_tally_is_the_same(people: dict[str, list[Judged]], chance: random.Random) -> None:
    """People come unit by unit, and are told by period and id."""
    order = list(people)
    chance.shuffle(order)
    first, second = _tallied(people, sorted(people)), _tallied(people, order)

    assert first.shape == second.shape
    assert list(first.people()) == list(second.people())


@given(PEOPLE)
def test_cells_hold_every_case_once_and_none_of_few_people(people: dict[str, list[Judged]]) -> None:
    """Small cells go into the rest, under which also whoever is in a position of that name stands."""
    tally = _tallied(people, list(people))
    cases = [(employee, case) for employee, listed in people.items() for case in listed]

    for place, name in enumerate(("by_unit", "by_position", "by_pattern")):
        cells = tally.shape[name]
        behind = {key: {who for who, case in cases if case.keys[place] == key} for key in cells}
        assert all(len(behind[key]) >= FEWEST for key in cells if key != "rest")
        for group in ("hasil_kerja", "perilaku"):
            summed = sum((Counter(cell[group]) for cell in cells.values()), Counter[str]())
            assert summed == +Counter(tally.shape["moves"][group])
    assert sum(tally.shape["moves"]["perilaku"].values()) == tally.cases == len(cases)


@given(PEOPLE)
def test_whoever_moves_is_told_and_nobody_else(people: dict[str, list[Judged]]) -> None:
    """By period, then by id, results before behaviour."""
    expected = [
        MovedPerson(case.period, employee, group, getattr(case.before, group), getattr(case.after, group))
        for employee, listed in people.items()
        for case in listed
        for group in ("hasil_kerja", "perilaku")
        if getattr(case.before, group) != getattr(case.after, group)
    ]

    assert list(_tallied(people, list(people)).people()) == sorted(
        expected, key=lambda row: (row.period, row.employee, row.group)
    )
