"""The unit tree, its heads, the sums over it and the levels of pools."""

from datetime import UTC, date, datetime, timedelta

import pytest

from schemas.measures import Measure
from services.notifications.domain.heads import Headship, by_unit, head_on, leader_of
from services.notifications.domain.indicators import ATTENDANCE, SATISFACTION, TIMELINESS, Tally, tally
from services.notifications.domain.levels import Span, days_before, level_ppm, quarter_of
from services.notifications.domain.unit_days import UnitDay, tree_days
from services.notifications.domain.units import Tree, UnitVersion

DAY = date(2026, 3, 2)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def version(unit: str, parent: str | None = None, since: date = date(2026, 1, 1)) -> UnitVersion:
    """A unit from a day on."""
    return UnitVersion(unit, since, f"Unit {unit}", "seksi", parent)


def headship(employee: str, unit: str, basis: str = "definitive", **given: object) -> Headship:
    """An assignment that leads a unit."""
    values: dict[str, object] = {"since": date(2026, 1, 1), "until": None, "time": NOON, "source": "hr", "id": employee}
    return Headship(employee, unit, basis, **(values | given))  # type: ignore[arg-type]


def test_the_walk_ends_before_a_unit_unknown_or_already_seen() -> None:
    """A loop and an unregistered parent both end the walk."""
    tree = Tree([version("A", "B"), version("B", "A"), version("C", "X")])
    assert [each.unit for each in tree.walk("A", DAY)] == ["A", "B"]
    assert [each.unit for each in tree.walk("C", DAY)] == ["C"]
    assert list(tree.walk("X", DAY)) == []


def test_a_unit_is_in_the_state_of_its_first_version_before_it() -> None:
    """Days before the first registration see the first parent, days after the second see the second."""
    tree = Tree([version("A", "B"), version("A", "C", DAY), version("B"), version("C")])
    assert [each.unit for each in tree.walk("A", date(2020, 1, 1))] == ["A", "B"]
    assert [each.unit for each in tree.walk("A", DAY)] == ["A", "C"]


def test_the_definitive_head_comes_before_who_acts() -> None:
    """Acting heads count only where nobody definitive leads on that day."""
    definitive, acting = headship("E1", "A", until=DAY), headship("E2", "A", "plt")
    assert head_on([definitive, acting], DAY) == definitive
    assert head_on([definitive, acting], DAY + timedelta(days=1)) == acting
    assert head_on([], DAY) is None


def test_of_several_heads_the_latest_assignment_leads() -> None:
    """The greatest by first day, then by the event's time, source and id in UTF-8 bytes."""
    early, late = headship("E1", "A"), headship("E2", "A", since=date(2026, 2, 1))
    lower, higher = headship("E3", "A", id="Z"), headship("E4", "A", id="a")
    assert head_on([late, early], DAY) == late
    assert head_on([higher, lower], DAY) == higher


def test_a_unit_without_head_is_led_by_the_first_above_that_has_one() -> None:
    """The walk of that day decides, and says whose head it is."""
    tree = Tree([version("A", "B"), version("B", "C"), version("C")])
    leader = leader_of("A", DAY, tree, by_unit([headship("E1", "C", "plh")]))
    assert leader is not None
    assert (leader.employee, leader.unit.unit, leader.acting) == ("E1", "C", True)
    assert leader_of("A", DAY, tree, {}) is None


def test_measures_become_tries_and_failures() -> None:
    """Attendance fails by absence and lateness, services beyond their SLA, satisfaction by parts of an answer."""
    measures = {
        "attendance.presence": Measure(10, 9),
        "attendance.punctuality": Measure(9, 7),
        "service.timeliness": Measure(8, 5),
        "service.satisfaction": Measure(2, 27 + 36),
    }
    found = [tally(each, measures) for each in (ATTENDANCE, TIMELINESS, SATISFACTION)]
    assert found == [Tally(10, 3), Tally(8, 3), Tally(2, 9)]


@pytest.mark.parametrize(("expected", "counted"), [(3, Tally(5, 0)), (2, Tally(7, 2))])
def test_three_absent_of_three_are_an_outage_and_two_of_two_are_not(expected: int, counted: Tally) -> None:
    """A unit's terminal that is off adds neither tries nor failures to its tree."""
    tree = Tree([version("A"), version("B", "A")])
    present = {"attendance.presence": Measure(5, 5), "attendance.punctuality": Measure(5, 5)}
    nobody = {"attendance.presence": Measure(expected, 0)}
    summed = tree_days([UnitDay("A", DAY, True, present), UnitDay("B", DAY, True, nobody)], tree)
    assert summed["A", DAY].tallies[ATTENDANCE] == counted


def test_a_level_is_made_of_settled_days_before_the_quarter() -> None:
    """Four weeks before it for a pool that is old enough; else the pool's first four weeks, once they are closed."""
    quarter = quarter_of(date(2026, 5, 20))
    assert quarter == date(2026, 4, 1)
    assert days_before(quarter, Span(date(2025, 1, 1), date(2026, 5, 1))) == date(2026, 3, 4)
    assert days_before(quarter, Span(date(2026, 4, 10), date(2026, 5, 6))) is None
    assert days_before(quarter, Span(date(2026, 4, 10), date(2026, 5, 7))) == date(2026, 5, 8)
    assert days_before(quarter, None) is None


def test_a_level_is_failures_per_try_steadied_by_the_usual() -> None:
    """The worked number: 120 failures in 1950 tries and fifty at 0.06 are 0.0615; parts count as parts."""
    assert level_ppm(ATTENDANCE, Tally(1950, 120)) == 61_500
    assert level_ppm(SATISFACTION, Tally(1950, 120 * 27)) == (120_000_000 + 50 * 240_000) // 2000
