"""Who holds a NIP or badge."""

from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.aliases import Holding, holder, is_alias

JANUARY, MARCH, MAY = date(2026, 1, 1), date(2026, 3, 1), date(2026, 5, 1)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

HOLDINGS = st.lists(
    st.builds(
        Holding,
        employee=st.sampled_from(["E1", "E2", "E3"]),
        effective_from=st.sampled_from([JANUARY, MARCH, MAY]),
        time=st.sampled_from([NOON, NOON + timedelta(hours=1), NOON.astimezone(timezone(timedelta(hours=7)))]),
        source=st.sampled_from(["hr", "Hr", "\U0001f600", "\uffff"]),
        id=st.sampled_from(["1", "10", "2"]),
    ),
    max_size=8,
    unique_by=lambda holding: (holding.source, holding.id),
)


@given(HOLDINGS, st.data())
def test_the_order_in_which_registrations_arrive_does_not_matter(holdings: list[Holding], data: st.DataObject) -> None:
    """Any order of the same registrations names the same holder."""
    assert holder(holdings, MARCH) == holder(data.draw(st.permutations(holdings)), MARCH)


@given(HOLDINGS)
def test_the_holder_is_one_whom_no_registration_in_force_exceeds(holdings: list[Holding]) -> None:
    """Nobody in force on the day has a greater (effective_from, time, source, id)."""
    in_force = [holding for holding in holdings if holding.effective_from <= MARCH]
    found = holder(holdings, MARCH)
    assert (found is None) == (not in_force)
    if in_force:
        assert found in {h.employee for h in in_force if all(h.rank >= other.rank for other in in_force)}


def _held(employee: str, since: date, *, time: datetime = NOON, source: str = "hr", number: str = "1") -> Holding:
    return Holding(employee, since, time, source, number)


def test_a_badge_changes_hands_on_the_day_of_the_later_registration() -> None:
    """Before that day it is the earlier holder's."""
    holdings = [_held("E1", JANUARY), _held("E2", MARCH)]
    assert [holder(holdings, day) for day in (JANUARY, date(2026, 2, 28), MARCH)] == ["E1", "E1", "E2"]
    assert holder(holdings, date(2025, 12, 31)) is None


def test_an_earlier_effective_date_loses_even_if_registered_later() -> None:
    """The date from which it holds comes before the time of the registration."""
    assert holder([_held("E1", MARCH), _held("E2", JANUARY, time=NOON + timedelta(days=90))], MAY) == "E1"


def test_equal_instants_in_different_zones_are_decided_by_source_and_id() -> None:
    """Times compare as instants; then strings by their UTF-8 bytes, where U+FFFF comes before an emoji."""
    jakarta = NOON.astimezone(timezone(timedelta(hours=7)))
    assert (
        holder([_held("E1", MARCH, source="\U0001f600"), _held("E2", MARCH, time=jakarta, source="\uffff")], MAY)
        == "E1"
    )
    assert holder([_held("E1", MARCH, number="10"), _held("E2", MARCH, time=jakarta, number="2")], MAY) == "E2"


def test_a_bare_id_is_no_alias() -> None:
    """Only the two schemes are aliases; a bare id has no colon."""
    assert is_alias("nip:198702232010011001")
    assert is_alias("badge:T7/12")
    assert not is_alias("nip")
    assert not is_alias("employee:E1")
