"""The oracle on who, where and when: duplicates, voids, registers, tree, schedules, membership, closings."""

from datetime import date, datetime

import pytest

from tests.support.event_builders import (
    assigned,
    calendar,
    closed,
    event,
    person,
    punch,
    schedule,
    service,
    unit,
    void,
)
from tests.support.oracle import Count, Event, Oracle

DAY = date(2026, 3, 4)
CAME = punch("E", "2026-03-04T07:40:00")
OFFICE = [unit("A"), person("E"), assigned("E", "A"), closed("*", "2026-03-04")]


def presence(events: list[Event], code: str = "A", on: date = DAY) -> Count:
    """A unit's presence on one day."""
    return Oracle(events).unit_measures(code, on, on)[on]["attendance.presence"]


def lateness(events: list[Event], code: str = "A") -> Count:
    """A unit's late minutes on the day."""
    return Oracle(events).unit_measures(code, DAY, DAY)[DAY]["attendance.late_minutes"]


def test_a_duplicate_changes_nothing() -> None:
    """The same service three times is one service; the same content under another id is another."""
    done = service("A", "2026-03-04T09:00:00", "2026-03-04T09:10:00", 10)
    again = done | {"id": "another"}
    timeliness = Oracle([unit("A"), done, done, again, done]).unit_measures("A", DAY, DAY)[DAY]["service.timeliness"]
    assert timeliness == (2, 2)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"type": "attendance.day_recorded.v1"},
        {"subject": "employee:F"},
        {"source": "other"},
        {"id": "other"},
    ],
)
def test_a_void_has_effect_only_if_it_describes_its_target(wrong: dict[str, str]) -> None:
    """Type, subject, source and id must all be right, whichever comes first."""
    for order in ([CAME, void(CAME, **wrong)], [void(CAME, **wrong), CAME]):
        assert presence([*OFFICE, person("F"), *order]) == (1, 1 if wrong else 0)


def test_a_void_of_a_void_or_of_a_registration_does_nothing() -> None:
    """Both would be refused at the door; on the log they are inert."""
    gone = void(CAME)
    assert presence([*OFFICE, CAME, gone, void(gone)]) == (1, 0)
    assert presence([*OFFICE, CAME, void(OFFICE[0]), void(OFFICE[1])]) == (1, 1)


def test_of_registers_with_one_key_the_greatest_time_source_and_id_stands() -> None:
    """Equal instants in different offsets are equal; then source, then id decide, by bytes and not by alphabet."""
    first = calendar("*", "2026-03-04", "holiday", time="2026-03-01T08:00:00+07:00", source="Z", id="b")
    second = calendar("*", "2026-03-04", "workday", time="2026-03-01T01:00:00Z", source="a", id="a")
    third = calendar("*", "2026-03-04", "holiday", time="2026-03-01T01:00:00Z", source="a", id="B")
    fourth = calendar("*", "2026-03-04", "holiday", time="2026-03-01T01:00:00.000001Z", source="A", id="A")
    for events in ([first, second, third], [third, second, first]):
        assert presence([*OFFICE, CAME, *events]) == (1, 1)
    assert presence([*OFFICE, CAME, fourth, second]) == (0, 0)


def test_sources_beyond_ascii_compare_by_their_bytes() -> None:
    """U+FF21 is less than U+1F600 in UTF-8, though not in UTF-16."""
    wide = calendar("*", "2026-03-04", "holiday", source="\uff21")
    face = calendar("*", "2026-03-04", "workday", source="\U0001f600")
    assert presence([*OFFICE, CAME, face, wide]) == (1, 1)


def test_a_voided_register_gives_way_to_the_one_it_replaced() -> None:
    """The later calendar entry is as if it had never been."""
    workday = calendar("*", "2026-03-04", "workday", time="2026-01-01T08:00:00Z")
    holiday = calendar("*", "2026-03-04", "holiday", time="2026-01-02T08:00:00Z")
    assert presence([*OFFICE, CAME, workday, holiday]) == (0, 0)
    assert presence([*OFFICE, CAME, workday, holiday, void(holiday)]) == (1, 1)


def test_a_unit_reaches_back_and_each_version_is_complete() -> None:
    """Before its first version A is under R already; its second, without a parent, is not."""
    tree = [unit("R"), unit("A", parent="R", since="2026-06-01"), *OFFICE[1:], CAME]
    assert presence(tree, "R") == (1, 1)
    assert presence([*tree, unit("A", since="2026-03-04")], "R") == (0, 0)
    assert presence([*tree, unit("A", since="2026-03-05")], "R") == (0, 0)
    assert presence([*tree, unit("A", parent="R", since="2026-03-04"), unit("A", since="2026-03-05")], "R") == (1, 1)


def test_a_walk_ends_before_the_unknown_and_before_a_repetition() -> None:
    """A under B under A is each in the other; what lies beyond an unregistered parent is not reached."""
    ring = [unit("A", parent="B"), unit("B", parent="A"), *OFFICE[1:], CAME]
    assert presence(ring, "A") == (1, 1)
    assert presence(ring, "B") == (1, 1)
    gap = [unit("A", parent="X"), unit("R"), *OFFICE[1:], CAME]
    assert presence(gap, "A") == (1, 1)
    assert presence(gap, "X") == (0, 0)


def test_a_schedule_not_begun_is_passed_over() -> None:
    """Parent's 07:35 holds until the unit's own begins; everyone's 07:00 only where nothing is nearer."""
    tree = [unit("R"), unit("A", parent="R"), *OFFICE[1:], CAME]
    everyone, parents = schedule("*", {"wed": "07:00-15:00"}), schedule("R", {"wed": "07:35-15:00"})
    tomorrow = schedule("A", {"wed": "07:39-15:00"}, since="2026-03-05")
    today = schedule("A", {"wed": "07:39-15:00"}, since="2026-03-04")
    assert lateness([*tree, everyone]) == (1, 40)
    assert lateness([*tree, everyone, parents, tomorrow]) == (1, 5)
    assert lateness([*tree, everyone, parents, today]) == (1, 1)


def test_a_weekday_left_out_is_a_day_off_though_the_parent_has_hours() -> None:
    """The nearest schedule decides alone; null is the same as left out."""
    tree = [unit("R"), unit("A", parent="R"), *OFFICE[1:], CAME, schedule("R", {"wed": "07:30-15:00"})]
    off = schedule("A", {"mon": "07:30-15:00"})
    off["data"]["weekdays"]["wed"] = None
    assert presence([*tree, off]) == (0, 0)


def test_the_greatest_definitive_assignment_decides_and_a_limited_one_ends() -> None:
    """From the 3rd to the 4th E is in B, before and after in A; acting posts move nobody."""
    units = [unit("A"), unit("B"), unit("C"), person("E"), assigned("E", "A")]
    lent = assigned("E", "B", since="2026-03-03", until="2026-03-04")
    acting = [assigned("E", "C", since="2026-03-03", basis=basis) for basis in ("plt", "plh", "delegate")]
    oracle = Oracle([lent, *acting, *units, *(closed("*", f"2026-03-0{day}") for day in (2, 3, 4, 5))])
    expected = {"A": [1, 0, 0, 1], "B": [0, 1, 1, 0], "C": [0, 0, 0, 0]}
    for code, heads in expected.items():
        days = oracle.unit_measures(code, date(2026, 3, 2), date(2026, 3, 5))
        assert [measures["attendance.presence"][0] for measures in days.values()] == heads


def test_assignments_of_one_day_are_decided_by_time_then_source_then_id() -> None:
    """The one with the later `time` wins until it is voided."""
    units = [unit("A"), unit("B"), *OFFICE[1:2], OFFICE[3]]
    ours = assigned("E", "A", time="2026-01-01T08:00:00+07:00")
    theirs = assigned("E", "B", time="2026-01-01T08:00:01+07:00")
    assert presence([*units, theirs, ours], "B") == (1, 0)
    assert presence([*units, theirs, ours, void(theirs)], "A") == (1, 0)


def test_closing_a_unit_closes_everything_below_it_and_nothing_above() -> None:
    """A day closed for A is not closed for R's own people; closed for R it is for both."""
    tree = [unit("R"), unit("A", parent="R"), person("E"), person("F"), assigned("E", "A"), assigned("F", "R")]
    assert presence([*tree, closed("A", "2026-03-04")], "R") == (1, 0)
    assert presence([*tree, closed("R", "2026-03-04")], "R") == (2, 0)
    assert presence([*tree, closed("*", "2026-03-05")], "R") == (0, 0)


def test_coverage_is_the_greatest_instant_per_source() -> None:
    """The name is the subject's, whoever sends it; 01:30Z is later than 08:00+07:00."""
    reports = [
        event("source.reported.v1", "source:terminal-7", {"up_to": up_to})
        for up_to in ("2026-03-04T01:30:00Z", "2026-03-04T08:00:00+07:00")
    ]
    assert Oracle(reports).coverage() == {"terminal-7": datetime.fromisoformat("2026-03-04T01:30:00Z")}


def test_units_are_listed_as_on_the_date() -> None:
    """Name, kind and parent are those in force; a unit not begun is listed as it will begin."""
    later = unit("A", parent="R", since="2026-03-05")
    listed = Oracle([unit("R", since="2026-06-01"), unit("A"), later]).units(DAY)
    assert listed == [
        {"code": "A", "name": "Unit A", "kind": "seksi", "parent": None},
        {"code": "R", "name": "Unit R", "kind": "seksi", "parent": None},
    ]
    assert Oracle([unit("A"), later]).units(date(2026, 3, 5))[0]["parent"] == "R"
