"""The oracle on attendance: the worked examples of the definitions, and more worked out by hand."""

from datetime import date

import pytest

from tests.support.event_builders import (
    assigned,
    calendar,
    closed,
    leave,
    person,
    punch,
    recorded,
    schedule,
    unit,
    void,
)
from tests.support.oracle import Count, Event, Oracle

EVERY_DAY = "mon tue wed thu fri sat sun"
OFFICE = [unit("A"), person("E"), assigned("E", "A")]
NIGHTS = [*OFFICE, schedule("A", {EVERY_DAY: "22:00-06:00"})]
WORKED = [*OFFICE, schedule("A", {"mon tue wed thu fri": "07:30-16:00"}, tolerance=5)]


def attendance(events: list[Event], day: str) -> tuple[Count, Count, Count]:
    """Presence, punctuality and late minutes of E on one day, after checking that A's are the same."""
    on = date.fromisoformat(day)
    oracle = Oracle(events)
    mine, units = oracle.employee_measures("E", on, on)[on], oracle.unit_measures("A", on, on)[on]
    names = ("attendance.presence", "attendance.punctuality", "attendance.late_minutes")
    assert [mine[name] for name in names] == [units[name] for name in names]
    return mine[names[0]], mine[names[1]], mine[names[2]]


def test_an_out_gives_presence_and_an_in_the_first_time_until_it_is_voided() -> None:
    """The first worked example: 07:35:40 with tolerance 5 is punctual; voided, only the `out` stays."""
    late = punch("E", "2026-11-24T07:35:40")
    day = [*WORKED, punch("E", "2026-11-24T07:20:00", "out"), late, closed("*", "2026-11-24")]
    assert attendance(day, "2026-11-24") == ((1, 1), (1, 1), (1, 0))
    assert attendance([void(late), *day], "2026-11-24") == ((1, 1), (0, 0), (0, 0))


def test_a_punch_in_the_small_hours_belongs_to_the_night_before() -> None:
    """The second worked example: 01:10 on the 24th is 25:10 of the 23rd, 190 minutes late."""
    night = [*NIGHTS, punch("E", "2026-11-24T01:10:00"), closed("*", "2026-11-23"), closed("*", "2026-11-24")]
    assert attendance(night, "2026-11-23") == ((1, 1), (1, 0), (1, 190))
    assert attendance(night, "2026-11-24") == ((1, 0), (0, 0), (0, 0))


def test_going_home_belongs_to_the_night_and_coming_back_to_the_next() -> None:
    """The second worked example: `out` at 06:05 is the 23rd's, `in` at 21:50 the 24th's."""
    night = [*NIGHTS, closed("A", "2026-11-23"), closed("A", "2026-11-24")]
    home, back = punch("E", "2026-11-24T06:05:00", "out"), punch("E", "2026-11-24T21:50:00")
    assert attendance([*night, home], "2026-11-23")[0] == (1, 1)
    assert attendance([*night, home], "2026-11-24")[0] == (1, 0)
    assert attendance([*night, back], "2026-11-23")[0] == (1, 0)
    assert attendance([*night, back], "2026-11-24") == ((1, 1), (1, 1), (1, 0))


@pytest.mark.parametrize(
    ("at", "direction", "day"),
    [
        ("2026-11-24T14:00:00", "in", "2026-11-24"),
        ("2026-11-24T14:00:00", "unknown", "2026-11-23"),
        ("2026-11-24T14:00:00", "out", "2026-11-23"),
        ("2026-11-24T13:59:59.999999", "in", "2026-11-23"),
        ("2026-11-24T14:00:00.000001", "out", "2026-11-24"),
    ],
)
def test_the_middle_between_end_and_start_is_exact(at: str, direction: str, day: str) -> None:
    """Between 06:00 and 22:00 the middle is 14:00: only there does the direction decide."""
    oracle = Oracle([*NIGHTS, punch("E", at, direction), closed("*", day)])
    on = date.fromisoformat(day)
    assert oracle.employee_measures("E", on, on)[on]["attendance.presence"] == (1, 1)


@pytest.mark.parametrize(("at", "friday"), [("2026-03-07T11:59:59.9", 1), ("2026-03-07T12:00:00", 0)])
def test_on_a_day_off_the_morning_belongs_to_the_night_before(at: str, friday: int) -> None:
    """No hours on Saturday the 7th: whatever comes before 12:00 is Friday's, even an `in`."""
    weeknights = [*OFFICE, schedule("A", {"mon tue wed thu fri": "22:00-06:00"})]
    events = [*weeknights, punch("E", at), closed("*", "2026-03-06")]
    assert attendance(events, "2026-03-06")[0] == (1, friday)


LATE = [*OFFICE, schedule("A", {"mon tue wed thu": "07:30-16:00", "fri": "04:00-12:00"}), closed("*", "2026-11-23")]


@pytest.mark.parametrize(
    ("at", "direction", "monday"),
    [
        ("2026-11-24T00:00:00", "out", 1),
        ("2026-11-24T03:59:59.999999", "out", 1),
        ("2026-11-24T04:00:00", "out", 0),
        ("2026-11-24T01:10:00", "in", 0),
        ("2026-11-24T01:10:00", "unknown", 0),
    ],
)
def test_going_home_after_midnight_ends_the_day_that_ran_late(at: str, direction: str, monday: int) -> None:
    """Hours 07:30-16:00 on Monday the 23rd: an `out` before 04:00 of the 24th is Monday's, anything else Tuesday's."""
    events = [*LATE, closed("*", "2026-11-24"), punch("E", at, direction)]
    assert attendance(events, "2026-11-23")[0] == (1, monday)
    assert attendance(events, "2026-11-24")[0] == (1, 1 - monday)


def test_work_runs_late_into_a_day_off_and_into_one_that_begins_at_four() -> None:
    """Saturday has no hours, Friday's start at 04:00: neither is work that had begun when somebody went home."""
    into_friday = [*LATE, closed("*", "2026-11-26"), punch("E", "2026-11-27T02:00:00", "out")]
    into_saturday = [*LATE, closed("*", "2026-11-27"), punch("E", "2026-11-28T02:00:00", "out")]
    assert attendance(into_friday, "2026-11-26")[0] == (1, 1)
    assert attendance(into_saturday, "2026-11-27")[0] == (1, 1)


def test_what_began_before_four_keeps_its_own_going_home() -> None:
    """Hours 03:59-12:00 on Tuesday have begun at 03:59:30, so that `out` is Tuesday's."""
    early = schedule("A", {"mon": "07:30-16:00", "tue": "03:59-12:00"})
    events = [*OFFICE, early, closed("*", "2026-11-23"), punch("E", "2026-11-24T03:59:30", "out")]
    assert attendance(events, "2026-11-23")[0] == (1, 0)


def test_nobody_works_late_on_a_day_without_hours_but_on_a_holiday_with_them() -> None:
    """Sunday has no hours: 02:00 on Monday is Monday's. Monday, a holiday, keeps its hours: 02:00 on Tuesday is its."""
    after_sunday = [*LATE, punch("E", "2026-11-23T02:00:00", "out")]
    assert attendance(after_sunday, "2026-11-23")[0] == (1, 1)
    holiday = [*LATE, closed("*", "2026-11-24"), calendar("*", "2026-11-23", "holiday")]
    after_holiday = [*holiday, punch("E", "2026-11-24T02:00:00", "out")]
    assert attendance(after_holiday, "2026-11-24")[0] == (1, 0)
    after_assignment = [unit("A"), person("E"), assigned("E", "A", "2026-11-24"), *LATE[3:], closed("*", "2026-11-24")]
    assert attendance([*after_assignment, punch("E", "2026-11-24T02:00:00", "out")], "2026-11-24")[0] == (1, 1)


def test_an_ended_assignment_leaves_no_hours_for_the_morning_after() -> None:
    """Who belongs to nothing on the 4th has no hours there, so 11:00 is still the night of the 3rd."""
    events = [unit("A"), person("E"), assigned("E", "A", until="2026-03-03"), NIGHTS[-1]]
    night = [*events, punch("E", "2026-03-04T11:00:00", "out"), closed("*", "2026-03-03")]
    assert attendance(night, "2026-03-03") == ((1, 1), (0, 0), (0, 0))


def test_hours_from_another_unit_decide_where_the_morning_goes() -> None:
    """Night shift in A until the 3rd, 07:30 in B from the 4th: the middle between 06:00 and 07:30 is 06:45."""
    moved = [unit("A"), unit("B"), person("E"), assigned("E", "A"), assigned("E", "B", "2026-03-04"), NIGHTS[-1]]
    ends = [closed("*", "2026-03-03"), closed("*", "2026-03-04")]
    early = Oracle([*moved, *ends, punch("E", "2026-03-04T06:44:59")])
    later = Oracle([*moved, *ends, punch("E", "2026-03-04T06:45:00")])
    third, fourth = date(2026, 3, 3), date(2026, 3, 4)
    assert early.unit_measures("A", third, third)[third]["attendance.presence"] == (1, 1)
    assert early.unit_measures("B", fourth, fourth)[fourth]["attendance.presence"] == (1, 0)
    assert later.unit_measures("A", third, third)[third]["attendance.presence"] == (1, 0)
    assert later.unit_measures("B", fourth, fourth)[fourth]["attendance.punctuality"] == (1, 1)


def test_without_a_schedule_hours_are_those_of_the_regulation() -> None:
    """Thursday and Friday start at 07:30 with no tolerance; on Saturday nobody is expected."""
    events = [*OFFICE, punch("E", "2026-03-06T07:31:59"), punch("E", "2026-03-07T07:00:00"), closed("*", "2026-03-07")]
    assert attendance(events, "2026-03-06") == ((0, 0), (1, 0), (1, 1))
    assert attendance(events, "2026-03-07") == ((0, 0), (0, 0), (0, 0))


def test_a_workday_without_hours_expects_presence_but_no_punctuality() -> None:
    """A Saturday set to workday for everyone has nobody's start to be late for."""
    events = [*OFFICE, calendar("*", "2026-03-07", "workday"), closed("*", "2026-03-07")]
    assert attendance([*events, punch("E", "2026-03-07T09:00:00")], "2026-03-07") == ((1, 1), (0, 0), (0, 0))


def test_a_holiday_expects_nobody_unless_the_unit_says_otherwise() -> None:
    """The unit's own calendar entry is nearer than everyone's."""
    holiday = [*OFFICE, calendar("*", "2026-03-04", "holiday"), closed("*", "2026-03-04")]
    came = [*holiday, punch("E", "2026-03-04T07:30:00")]
    assert attendance(came, "2026-03-04") == ((0, 0), (0, 0), (0, 0))
    assert attendance([*came, calendar("A", "2026-03-04", "workday")], "2026-03-04") == ((1, 1), (1, 1), (1, 0))


def test_leave_expects_nobody_even_if_they_punch() -> None:
    """Both days of a leave are covered and the day after is not."""
    events = [*OFFICE, leave("E", "2026-03-03", "2026-03-04", "duty")]
    events += [closed("*", f"2026-03-0{day}") for day in (3, 4, 5)]
    events += [punch("E", f"2026-03-0{day}T07:00:00") for day in (3, 4, 5)]
    assert attendance(events, "2026-03-03") == ((0, 0), (0, 0), (0, 0))
    assert attendance(events, "2026-03-04") == ((0, 0), (0, 0), (0, 0))
    assert attendance(events, "2026-03-05") == ((1, 1), (1, 1), (1, 0))


def test_a_recorded_day_gives_presence_and_perhaps_a_first_time() -> None:
    """A present recording counts with and without arrival; the least arrival of all stands."""
    day, nobody = "2026-03-04", ((1, 0), (0, 0), (0, 0))
    events = [*OFFICE, closed("*", day)]
    assert attendance([*events, recorded("E", day)], day) == ((1, 1), (0, 0), (0, 0))
    assert attendance([*events, recorded("E", day, first_in="07:40")], day) == ((1, 1), (1, 0), (1, 10))
    both = [recorded("E", day, first_in="07:40"), recorded("E", day, first_in="07:33"), punch("E", f"{day}T07:35:00")]
    assert attendance([*events, *both], day) == ((1, 1), (1, 0), (1, 3))
    assert attendance([*events, recorded("E", day, "absent", "07:00")], day) == nobody


@pytest.mark.parametrize(
    ("hours", "first_in", "late"),
    [("22:00-06:00", "01:10", 190), ("12:00-00:00", "11:59", 24 * 60 - 1), ("11:00-03:00", "01:10", 0)],
)
def test_a_recorded_morning_counts_for_the_night_only_where_hours_begin_after_noon(
    hours: str, first_in: str, late: int
) -> None:
    """01:10 of a 22:00 shift is 25:10; 11:59 of a 12:00 shift is 35:59; 01:10 of an 11:00 shift is 01:10."""
    events = [*OFFICE, schedule("A", {EVERY_DAY: hours}), recorded("E", "2026-03-04", first_in=first_in)]
    assert attendance(events, "2026-03-04")[2] == (1, late)


def test_noon_itself_is_not_the_next_morning() -> None:
    """A recorded 12:00 of a shift from 12:00 to 00:00 is in time."""
    events = [*OFFICE, schedule("A", {EVERY_DAY: "12:00-00:00"}), recorded("E", "2026-03-04", first_in="12:00")]
    assert attendance(events, "2026-03-04") == ((0, 0), (1, 1), (1, 0))


def test_hours_that_end_where_they_start_run_over_midnight() -> None:
    """A shift 08:00-08:00: 07:59 is nearer to neither, so an `out` goes to the day before and an `in` stays."""
    events = [*OFFICE, schedule("A", {EVERY_DAY: "08:00-08:00"}), closed("*", "2026-03-03"), closed("*", "2026-03-04")]
    leaving, coming = punch("E", "2026-03-04T07:59:00", "out"), punch("E", "2026-03-04T07:59:00")
    assert attendance([*events, leaving], "2026-03-03")[0] == (1, 1)
    assert attendance([*events, coming], "2026-03-03")[0] == (1, 0)
    assert attendance([*events, coming], "2026-03-04") == ((1, 1), (1, 1), (1, 0))


def test_tolerance_may_reach_into_the_next_day() -> None:
    """From 23:50 with tolerance 20 one is in time until 24:10, and 24:11 is a minute late."""
    events = [*OFFICE, schedule("A", {EVERY_DAY: "23:50-06:00"}, tolerance=20)]
    assert attendance([*events, punch("E", "2026-03-05T00:10:59")], "2026-03-04") == ((0, 0), (1, 1), (1, 0))
    assert attendance([*events, punch("E", "2026-03-05T00:11:00")], "2026-03-04") == ((0, 0), (1, 0), (1, 1))


def test_the_zone_of_the_persons_unit_gives_day_and_wall_time() -> None:
    """05:31 in Jakarta is 07:31 in Jayapura; 22:30 in Jakarta is already the next day there."""
    papua = [unit("A", zone="Asia/Jayapura"), person("E"), assigned("E", "A"), closed("*", "2026-03-04")]
    morning, evening = punch("E", "2026-03-04T05:31:00"), punch("E", "2026-03-03T22:30:00")
    assert attendance([*papua, morning], "2026-03-04") == ((1, 1), (1, 0), (1, 1))
    assert attendance([*papua, evening], "2026-03-04") == ((1, 1), (1, 1), (1, 0))
    assert attendance([*papua, evening], "2026-03-03") == ((0, 0), (0, 0), (0, 0))
