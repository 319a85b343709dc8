"""The oracle on what units do, on values, and on the answers of the read API."""

from datetime import date, datetime, timedelta

import pytest

from tests.support.event_builders import (
    answer,
    assigned,
    closed,
    person,
    punch,
    received,
    resolved,
    service,
    unit,
    void,
)
from tests.support.oracle import Count, Event, Oracle, value

DAY = date(2026, 3, 4)
NEXT = DAY + timedelta(days=1)


def unit_count(events: list[Event], measure: str, code: str = "A", on: date = DAY) -> Count:
    """One measure of a unit on one day."""
    return Oracle(events).unit_measures(code, on, on)[on][measure]


@pytest.mark.parametrize(("completed", "in_time"), [("09:10:00", 1), ("09:10:00.000001", 0)])
def test_a_service_is_in_time_exactly(completed: str, in_time: int) -> None:
    """Ten promised minutes are ten minutes, not a microsecond more."""
    done = service("A", "2026-03-04T09:00:00", f"2026-03-04T{completed}", 10)
    assert unit_count([unit("A"), done], "service.timeliness") == (1, in_time)


def test_a_service_counts_on_the_day_of_the_unit_that_gave_it() -> None:
    """23:30 in Jakarta on the 3rd is the 4th in Makassar, also for the person named who works in Jakarta."""
    units = [unit("A", zone="Asia/Makassar"), unit("B"), person("E"), assigned("E", "B")]
    events = [*units, service("A", "2026-03-03T23:00:00", "2026-03-03T23:30:00", 60, employee="E")]
    assert unit_count(events, "service.timeliness") == (1, 1)
    assert unit_count(events, "service.timeliness", "B") == (0, 0)
    assert Oracle(events).employee_measures("E", DAY, DAY)[DAY]["service.timeliness"] == (1, 1)


def test_the_zone_is_that_of_the_jakarta_date() -> None:
    """A zone in force from the 4th does not reach a moment that is still the 3rd in Jakarta."""
    moved = [unit("A"), unit("A", zone="Asia/Jayapura", since="2026-03-04")]
    events = [*moved, service("A", "2026-03-03T23:00:00", "2026-03-03T23:30:00", 60)]
    assert unit_count(events, "service.timeliness", on=DAY - timedelta(days=1)) == (1, 1)
    assert unit_count(events, "service.timeliness") == (0, 0)


def test_answers_sum_their_nine_scores_up_the_tree() -> None:
    """33 and 36 points are 69 of R, which has no staff; the person named has only theirs."""
    tree = [unit("R"), unit("A", parent="R"), unit("B", parent="R"), person("E")]
    events = [*tree, answer("A", "2026-03-04T10:00:00", "444444333", "E"), answer("B", "2026-03-04T11:00:00", "4" * 9)]
    assert unit_count(events, "service.satisfaction", "R") == (2, 69)
    assert unit_count(events, "service.satisfaction", "B") == (1, 36)
    assert Oracle(events).employee_measures("E", DAY, DAY)[DAY]["service.satisfaction"] == (1, 33)


def test_a_complaint_resolved_by_its_due_moment_counts_when_resolved() -> None:
    """Due on the 5th and resolved on the 4th it is the 4th's; at the due moment itself it is in time."""
    open_case = [unit("A"), received("A", "k", "2026-03-05T10:00:00")]
    early = [*open_case, resolved("A", "k", "2026-03-04T09:00:00")]
    assert unit_count(early, "complaint.timeliness") == (1, 1)
    assert unit_count(early, "complaint.timeliness", on=NEXT) == (0, 0)
    just = [*open_case, resolved("A", "k", "2026-03-05T10:00:00")]
    assert unit_count(just, "complaint.timeliness", on=NEXT) == (1, 1)


def test_a_complaint_not_resolved_counts_once_its_due_day_is_closed() -> None:
    """Nothing is known on the due day until it is closed or a late resolution is."""
    open_case = [unit("A"), received("A", "k", "2026-03-04T10:00:00")]
    assert unit_count(open_case, "complaint.timeliness") == (0, 0)
    assert unit_count([*open_case, closed("A", "2026-03-04")], "complaint.timeliness") == (1, 0)
    late = [*open_case, resolved("A", "k", "2026-03-05T09:00:00")]
    assert unit_count(late, "complaint.timeliness") == (1, 0)
    assert unit_count(late, "complaint.timeliness", on=NEXT) == (0, 0)


def test_complaints_are_registers_of_their_unit() -> None:
    """A later `time` moves the due moment; another unit's resolution is another complaint's."""
    first = received("A", "k", "2026-03-04T10:00:00", time="2026-03-01T08:00:00Z")
    moved = received("A", "k", "2026-03-06T10:00:00", time="2026-03-02T08:00:00Z")
    end = resolved("A", "k", "2026-03-05T09:00:00")
    units = [unit("A"), unit("B")]
    assert unit_count([*units, moved, first, end], "complaint.timeliness", on=NEXT) == (1, 1)
    assert unit_count([*units, moved, first, end, void(moved)], "complaint.timeliness") == (1, 0)
    assert unit_count([*units, first, resolved("B", "k", "2026-03-04T09:00:00")], "complaint.timeliness") == (0, 0)
    assert unit_count([*units, first, end, void(first), void(moved)], "complaint.timeliness") == (0, 0)


@pytest.mark.parametrize(
    ("measure", "n", "total", "written"),
    [
        ("attendance.presence", 0, 0, None),
        ("attendance.presence", 3, 2, "0.6667"),
        ("attendance.punctuality", 1, 1, "1.0000"),
        ("service.timeliness", 32, 1, "0.0313"),
        ("attendance.late_minutes", 8, 1, "0.13"),
        ("attendance.late_minutes", 1, 190, "190.00"),
        ("service.satisfaction", 1, 36, "100.00"),
        ("service.satisfaction", 2, 69, "95.83"),
        ("service.satisfaction", 1, 9, "25.00"),
        ("complaint.timeliness", 6, 1, "0.1667"),
    ],
)
def test_values_are_rounded_half_up(measure: str, n: int, total: int, written: str | None) -> None:
    """1/32 = 0.03125 becomes 0.0313 and 1/8 of a minute 0.13; 69 x 25 / 18 = 95.8333."""
    assert value(measure, n, total) == written


def test_known_at_leaves_out_what_came_to_the_log_later() -> None:
    """A void recorded at 10:00 is known at 10:00 and not a microsecond before."""
    came = punch("E", "2026-03-04T07:00:00")
    hour = [datetime.fromisoformat(f"2026-03-05T{hour:02}:00:00+07:00") for hour in (8, 9, 10)]
    start = [unit("A"), person("E"), assigned("E", "A"), closed("*", "2026-03-04")]
    log = [*((known, hour[0]) for known in start), (came, hour[1]), (void(came), hour[2])]

    def presence_at(moment: datetime) -> Count:
        return Oracle.known_at(log, moment).unit_measures("A", DAY, DAY)[DAY]["attendance.presence"]

    assert presence_at(hour[0] - timedelta(seconds=1)) == (0, 0)
    assert presence_at(hour[0]) == (1, 0)
    assert presence_at(hour[2] - timedelta(microseconds=1)) == (1, 1)
    assert presence_at(hour[2]) == (1, 0)


def test_the_answer_has_every_measure_and_every_day() -> None:
    """Six names for a unit, five for a person, each day an entry; who was never registered is not found."""
    events = [unit("A"), person("E"), service("A", "2026-03-04T09:00:00", "2026-03-04T09:10:00", 10)]
    body = Oracle(events).response("unit:A", DAY, NEXT, granularity_day=True)
    assert body["measures"]["service.timeliness"] == {"n": 1, "total": 1, "value": "1.0000"}
    assert body["measures"]["complaint.timeliness"] == {"n": 0, "total": 0, "value": None}
    assert [entry["date"] for entry in body["days"]] == ["2026-03-04", "2026-03-05"]
    assert (body["subject"], body["from"], body["to"]) == ("unit:A", "2026-03-04", "2026-03-05")
    person_body = Oracle(events).response("employee:E", DAY, DAY, granularity_day=False)
    assert "days" not in person_body
    assert len(person_body["measures"]) == 5
    with pytest.raises(LookupError):
        Oracle(events).response("unit:B", DAY, DAY, granularity_day=False)


def test_known_at_before_the_registration_gives_zeros() -> None:
    """Registered later than asked for is found, with nothing counted."""
    learned = datetime.fromisoformat("2026-03-05T08:00:00+07:00")
    oracle = Oracle.known_at([(unit("A"), learned)], learned - timedelta(seconds=1))
    body = oracle.response("unit:A", DAY, DAY, granularity_day=False)
    assert body["known_at"] == "2026-03-05T00:59:59Z"
    assert {count["n"] for count in body["measures"].values()} == {0}
