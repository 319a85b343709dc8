"""Whose alias it is on a day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.aliases import Holding, holder, is_alias

FIRST = date(2026, 1, 1)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def holding(employee: str, *, day: int = 0, hour: int = 0, source: str = "hr", id: str = "1") -> Holding:
    return Holding(employee, FIRST + timedelta(days=day), NOON + timedelta(hours=hour), source, id)


HOLDINGS = st.builds(
    holding,
    st.sampled_from("ABC"),
    day=st.integers(0, 3),
    hour=st.integers(0, 1),
    source=st.sampled_from(["hr", "Hr", "é", "z", "\U0001f600", "\uffee"]),
    id=st.sampled_from(["1", "10", "2"]),
)


@given(st.lists(HOLDINGS, max_size=8, unique_by=lambda each: each.rank), st.randoms(), st.integers(-1, 4))
def test_the_holder_does_not_depend_on_the_order_of_registrations(held: list[Holding], dice: st.Random, day: int) -> None:  # type: ignore[name-defined]
    """Any permutation of the same registrations gives the same holder on the same day."""
    shuffled = held[:]
    dice.shuffle(shuffled)
    on = FIRST + timedelta(days=day)
    assert holder(shuffled, on) == holder(held, on)


@pytest.mark.parametrize(
    ("lesser", "greater"),
    [
        (holding("A", hour=9, source="z", id="9"), holding("B", day=1)),
        (holding("A", source="z", id="9"), holding("B", hour=1)),
        (holding("A", id="9"), holding("B", source="hs", id="1")),
        (holding("A", id="10"), holding("B", id="2")),
        (holding("A", source="Z"), holding("B", source="a")),
        (holding("A", source="z"), holding("B", source="é")),
        (holding("A", source="\uffee"), holding("B", source="\U0001f600")),
    ],
    ids=["effective_from", "time", "source", "id as text", "capitals first", "beyond ASCII", "beyond 16 bits"],
)
def test_the_greatest_registration_decides(lesser: Holding, greater: Holding) -> None:
    """Date before moment before source before id, and strings by their UTF-8 bytes, whichever came last."""
    on = FIRST + timedelta(days=9)
    assert holder([lesser, greater], on) == holder([greater, lesser], on) == "B"


def test_moments_compare_as_instants() -> None:
    """09:00 in Jayapura is earlier than 08:00 in Jakarta."""
    jayapura = Holding("A", FIRST, datetime.fromisoformat("2026-01-01T09:00:00+09:00"), "hr", "1")
    jakarta = Holding("B", FIRST, datetime.fromisoformat("2026-01-01T08:00:00+07:00"), "hr", "1")
    assert holder([jakarta, jayapura], FIRST) == "B"


def test_nobody_holds_an_alias_before_its_first_day() -> None:
    """A registration counts from its effective_from on, that day included."""
    held = [holding("A", day=2)]
    assert [holder(held, FIRST + timedelta(days=day)) for day in (1, 2, 3)] == [None, "A", "A"]


def test_only_what_bears_a_scheme_is_an_alias() -> None:
    """Bare ids, and subjects that name an employee or unit, are none."""
    assert [is_alias(text) for text in ("nip:1", "badge:T/1", "E1", "employee:E1", "unit:U", "nipple")] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]
