"""A person's day from punches and recordings, rule by rule (architecture.md section 5)."""

from datetime import date, datetime, time, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.domain.changes import Span
from services.scoring.domain.days import JAKARTA, natural_day
from services.scoring.domain.facts import LeaveGranted, Punched
from services.scoring.domain.hours import Hours
from services.scoring.projections.attendance.rows import (
    DAY_MINUTES,
    SEARCH,
    PersonDay,
    Sign,
    person_day,
    person_days,
    touched_days,
    wall_time,
)
from tests.support.event_builders import assigned, calendar, leave, punch, recorded, schedule, unit
from tests.support.one_person import EVERY_DAY, day, one_person, sign
from tests.support.oracle import Event

MONDAY, TUESDAY = day("2026-11-23"), day("2026-11-24")
OFFICE = (unit("A"), assigned("E", "A"), schedule("A", {"mon tue wed thu fri": "07:30-16:00"}, tolerance=5))
NIGHTS = (unit("A"), assigned("E", "A"), schedule("A", {EVERY_DAY: "22:00-06:00"}))
FEW = settings(max_examples=25, deadline=None)


def test_presence_comes_from_any_punch_and_the_first_time_from_an_arrival() -> None:
    """Tolerance 5: `out` 07:20 and `in` 07:35:40 are 07:35, in time; without the `in` only presence stays."""
    out, late = punch("E", "2026-11-24T07:20:00", "out"), punch("E", "2026-11-24T07:35:40")
    assert one_person(*OFFICE, out, late).days("2026-11-24") == {TUESDAY: PersonDay("A", 1, 1, 0)}
    assert one_person(*OFFICE, out).days("2026-11-24") == {TUESDAY: PersonDay("A", 0, 0, 0)}


@pytest.mark.parametrize(
    ("at", "measured"), [("07:35:59.999999", (1, 1, 0)), ("07:36:00", (1, 0, 1)), ("07:41:30", (1, 0, 6))]
)
def test_late_minutes_are_whole_minutes_after_the_tolerance(at: str, measured: tuple[int, int, int]) -> None:
    """Start 07:30, tolerance 5: the seconds of 07:35:59 are cut off, 07:36 is 1 late, 07:41 is 6."""
    days = one_person(*OFFICE, punch("E", f"2026-11-24T{at}")).days("2026-11-24")
    assert days == {TUESDAY: PersonDay("A", *measured)}


def test_the_first_time_is_the_least_of_all_arrivals() -> None:
    """Of `in` 07:50, `unknown` 07:45 and a recorded 07:40 it is 07:40, 5 minutes late; the `out` 07:31 is none."""
    facts = [
        punch("E", "2026-11-24T07:50:00"),
        punch("E", "2026-11-24T07:45:00", "unknown"),
        punch("E", "2026-11-24T07:31:00", "out"),
        recorded("E", "2026-11-24", first_in="07:40"),
    ]
    assert one_person(*OFFICE, *facts).days("2026-11-24") == {TUESDAY: PersonDay("A", 1, 0, 5)}


def test_a_tolerance_may_reach_past_midnight() -> None:
    """From 23:30 with 60 minutes of grace: 24:30 is in time, 24:35 is 5 late; nothing wraps around."""
    hours = Hours(23 * 60 + 30, 7 * 60, 60)
    assert person_day("A", hours, [DAY_MINUTES + 30]) == PersonDay("A", 1, 1, 0)
    assert person_day("A", hours, [DAY_MINUTES + 35]) == PersonDay("A", 1, 0, 5)


def test_without_hours_a_present_day_is_not_timed() -> None:
    """Saturday the 28th, made a workday by the calendar: presence counts, punctuality cannot."""
    days = one_person(*OFFICE, calendar("A", "2026-11-28", "workday"), punch("E", "2026-11-28T09:00:00"))
    assert days.days("2026-11-28") == {day("2026-11-28"): PersonDay("A", 0, 0, 0)}


def test_a_recorded_absence_adds_nothing() -> None:
    """Absence is what remains of a closed day; a recorded presence without a time is presence alone."""
    assert sign(*OFFICE, recorded("E", "2026-11-24", "absent", first_in="07:00")) is None
    assert sign(*OFFICE, recorded("E", "2026-11-24")) == Sign(TUESDAY, None)


def test_on_leave_nobody_is_expected_even_if_they_punch() -> None:
    """Leave on the 23rd and 24th: both ends count; one that ends before it begins covers nothing."""
    punches = [punch("E", f"2026-11-{number}T07:00:00") for number in (23, 24, 25)]
    away = one_person(*OFFICE, leave("E", "2026-11-23", "2026-11-24"), *punches)
    assert list(away.days("2026-11-23", "2026-11-25")) == [day("2026-11-25")]
    backwards = one_person(*OFFICE, leave("E", "2026-11-25", "2026-11-23"), *punches)
    assert len(backwards.days("2026-11-23", "2026-11-25")) == 3


def test_who_belongs_to_no_unit_has_no_day() -> None:
    """The assignment ends with the 23rd: what is punched on the 24th counts nowhere."""
    punches = [punch("E", f"2026-11-{number}T07:00:00") for number in (23, 24)]
    assert list(
        one_person(unit("A"), assigned("E", "A", until="2026-11-23"), *punches).days("2026-11-23", "2026-11-24")
    ) == [MONDAY]


def test_only_days_inside_the_windows_are_worked_out() -> None:
    """Of punches on the 23rd, 24th and 25th, the windows 23rd and 25th take two."""
    person = one_person(*OFFICE, *(punch("E", f"2026-11-{number}T07:00:00") for number in (23, 24, 25)))
    windows = [Span(MONDAY, MONDAY), Span(day("2026-11-25"), day("2026-11-30"))]
    found = person_days(person.facts, person.membership, person.leaves, person.directory, windows)
    assert sorted(found) == [MONDAY, day("2026-11-25")]


def test_the_small_hours_belong_to_the_night_before() -> None:
    """22:00-06:00: `in` at 01:10 on the 24th is 25:10 of the 23rd, 190 minutes late."""
    assert one_person(*NIGHTS, punch("E", "2026-11-24T01:10:00")).days("2026-11-22", "2026-11-25") == {
        MONDAY: PersonDay("A", 1, 0, 190)
    }


def test_going_home_is_the_nights_and_coming_back_the_next_ones() -> None:
    """22:00-06:00: `out` at 06:05 on the 24th is the 23rd's, `in` at 21:50 on the 24th is the 24th's, in time."""
    assert sign(*NIGHTS, punch("E", "2026-11-24T06:05:00", "out")) == Sign(MONDAY, None)
    back = one_person(*NIGHTS, punch("E", "2026-11-24T21:50:00"))
    assert back.signs() == [Sign(TUESDAY, 21 * 60 + 50)]
    assert back.days("2026-11-24") == {TUESDAY: PersonDay("A", 1, 1, 0)}


@pytest.mark.parametrize(
    ("at", "direction", "belongs"),
    [
        ("14:00:00", "in", TUESDAY),
        ("14:00:00", "unknown", MONDAY),
        ("14:00:00", "out", MONDAY),
        ("13:59:59.999999", "in", MONDAY),
        ("14:00:00.000001", "out", TUESDAY),
    ],
)
def test_at_equal_distance_only_an_in_stays(at: str, direction: str, belongs: date) -> None:
    """06:00 and 22:00 are both eight hours from 14:00; a microsecond on either side decides alone."""
    found = sign(*NIGHTS, punch("E", f"2026-11-24T{at}", direction))
    assert found
    assert found.day == belongs


@pytest.mark.parametrize(("at", "belongs"), [("11:59:59.999999", "2026-11-27"), ("12:00:00", "2026-11-28")])
def test_where_there_are_no_hours_the_morning_is_the_nights(at: str, belongs: str) -> None:
    """Friday's night is the last of the week: Saturday before 12:00 is still Friday's."""
    week = (unit("A"), assigned("E", "A"), schedule("A", {"mon tue wed thu fri": "22:00-06:00"}))
    found = sign(*week, punch("E", f"2026-11-28T{at}"))
    assert found
    assert found.day == day(belongs)


@pytest.mark.parametrize(("at", "belongs"), [("06:44:00", MONDAY), ("06:46:00", TUESDAY)])
def test_the_next_hours_are_those_of_the_unit_of_that_day(at: str, belongs: date) -> None:
    """From A's nights to B's 07:30 on the 24th: the middle between 06:00 and 07:30 is 06:45."""
    move = (*NIGHTS, unit("B"), assigned("E", "B", since="2026-11-24"))
    found = sign(*move, punch("E", f"2026-11-24T{at}"))
    assert found
    assert found.day == belongs


@pytest.mark.parametrize(
    ("at", "direction", "belongs"),
    [
        ("03:59:59.999999", "out", MONDAY),
        ("04:00:00", "out", TUESDAY),
        ("00:30:00", "in", TUESDAY),
        ("00:30:00", "unknown", TUESDAY),
    ],
)
def test_an_out_before_four_ends_work_that_ran_late(at: str, direction: str, belongs: date) -> None:
    """Hours until 16:00: going home at 03:59 is the day before's; at 04:00, or an arrival, it is the new day's."""
    found = sign(*OFFICE, punch("E", f"2026-11-24T{at}", direction))
    assert found
    assert found.day == belongs


@pytest.mark.parametrize(
    ("days", "belongs"),
    [
        ({"mon": "07:30-16:00"}, MONDAY),
        ({"mon": "07:30-16:00", "tue": "04:00-12:00"}, MONDAY),
        ({"mon": "07:30-16:00", "tue": "03:59-12:00"}, TUESDAY),
        ({"tue": "07:30-16:00"}, TUESDAY),
    ],
)
def test_work_runs_late_only_from_hours_and_not_into_others(days: dict[str, str], belongs: date) -> None:
    """`out` at 01:00 stays where the new day begins before 04:00, or the day before had no hours."""
    found = sign(unit("A"), assigned("E", "A"), schedule("A", days), punch("E", "2026-11-24T01:00:00", "out"))
    assert found == Sign(belongs, None)


@pytest.mark.parametrize(
    ("hours", "first_in", "minute"),
    [
        ("22:00-06:00", "01:10", 25 * 60 + 10),
        ("22:00-06:00", "11:59", 35 * 60 + 59),
        ("22:00-06:00", "12:00", 12 * 60),
        ("12:00-00:00", "01:10", 25 * 60 + 10),
        ("11:59-02:00", "01:10", 70),
        ("07:30-16:00", "01:10", 70),
        ("12:00-20:00", "01:10", 70),
    ],
)
def test_a_recorded_morning_counts_on_where_the_night_begins_after_noon(hours: str, first_in: str, minute: int) -> None:
    """A recording stays on its date: 01:10 of 22:00-06:00 is 25:10, of 11:59-02:00 or of daytime it is 01:10."""
    rules = (unit("A"), assigned("E", "A"), schedule("A", {EVERY_DAY: hours}))
    assert sign(*rules, recorded("E", "2026-11-24", first_in=first_in)) == Sign(TUESDAY, minute)


def test_a_recording_of_nobodys_person_is_taken_as_it_stands() -> None:
    """Who belongs to no unit has no hours, so nothing is added."""
    assert sign(recorded("E", "2026-11-24", first_in="01:10")) == Sign(TUESDAY, 70)


def test_the_wall_time_is_that_of_the_units_zone() -> None:
    """05:41 in Jakarta is 07:41 in Jayapura: 11 minutes after 07:30."""
    papua = (unit("A", zone="Asia/Jayapura"), assigned("E", "A"))
    assert one_person(*papua, punch("E", "2026-11-24T05:41:00")).days("2026-11-24") == {
        TUESDAY: PersonDay("A", 1, 0, 11)
    }


def test_the_zone_is_that_of_the_moments_date_in_jakarta() -> None:
    """23:30 on the 23rd in Jakarta is 01:30 on the 24th in Jayapura, if the unit is there on the 23rd already."""
    moment = datetime(2026, 11, 23, 23, 30, tzinfo=JAKARTA)
    moved = one_person(unit("A"), unit("A", zone="Asia/Jayapura", since="2026-11-24")).directory
    first = one_person(unit("A", zone="Asia/Jayapura", since="2026-11-24")).directory
    assert wall_time(moment, "A", moved).strftime("%d %H:%M") == "23 23:30"
    assert wall_time(moment, "A", first).strftime("%d %H:%M") == "24 01:30", "units reach back to before their first"


@pytest.mark.parametrize("at", ["2026-11-23T23:30:00+07:00", "2026-11-24T01:30:00+09:00", "2026-11-23T16:30:00Z"])
def test_a_punch_takes_the_zone_of_the_unit_its_person_has_on_that_date(at: str) -> None:
    """On the 23rd in Jakarta that is A in Jayapura, not yet B: 01:30 on the 24th, however the moment is written."""
    moves = (unit("A", zone="Asia/Jayapura"), unit("B"), assigned("E", "A"), assigned("E", "B", since="2026-11-24"))
    assert sign(*moves, punch("E", at)) == Sign(TUESDAY, 90)
    later = (unit("A"), unit("A", zone="Asia/Jayapura", since="2026-11-24"), assigned("E", "A"))
    assert sign(*later, punch("E", at)) == Sign(MONDAY, 23 * 60 + 30), "A itself moves on the 24th only"


def test_without_a_unit_the_wall_time_is_jakartas() -> None:
    """Nobody's punch at 23:30 UTC is 06:30 on the next day."""
    assert sign(punch("E", "2026-11-23T23:30:00Z")) == Sign(TUESDAY, 6 * 60 + 30)


def test_a_fact_says_which_days_it_can_change() -> None:
    """A punch the day it belongs to, a recording its date (present or absent), a leave none of these."""
    person = one_person(*NIGHTS, punch("E", "2026-11-24T01:10:00"), recorded("E", "2026-11-24", "absent"))
    spans = [touched_days(fact, person.membership, person.directory) for fact in person.facts]
    assert spans == [Span(MONDAY, MONDAY), Span(TUESDAY, TUESDAY)]
    assert touched_days(LeaveGranted(MONDAY, TUESDAY), person.membership, person.directory) is None


RULES = st.sampled_from([OFFICE, NIGHTS, (unit("A", zone="Asia/Jayapura"), *NIGHTS[1:]), OFFICE[:2], ()])
TIMES = st.times().map(time.isoformat)
PUNCHES = st.builds(
    lambda number, at, direction: punch("E", f"2026-11-{number}T{at}", direction),
    st.integers(22, 29),
    TIMES,
    st.sampled_from(["in", "out", "unknown"]),
)
RECORDINGS = st.builds(
    lambda number, status, at: recorded("E", f"2026-11-{number}", status, first_in=at and at[:5]),
    st.integers(22, 29),
    st.sampled_from(["present", "absent"]),
    st.none() | TIMES,
)
FACTS = st.lists(PUNCHES | RECORDINGS, max_size=8)


@FEW
@given(RULES, PUNCHES)
def test_a_punch_lies_on_its_wall_date_or_counts_on_from_the_day_before(rules: tuple[Event, ...], sent: Event) -> None:
    """By one day at most, and then by exactly 24:00; never further from its Jakarta date than the search reaches."""
    person = one_person(*rules, sent)
    (fact,), (found,) = person.facts, person.signs()
    assert isinstance(fact, Punched)
    assert found
    local = wall_time(fact.at, person.membership.unit(natural_day(fact.at)), person.directory)
    moved = local.date() - found.day
    assert moved in (timedelta(0), timedelta(days=1))
    assert abs(found.day - natural_day(fact.at)) <= SEARCH
    if fact.direction == "out":
        assert found.minute is None
    else:
        assert found.minute == local.hour * 60 + local.minute + moved.days * DAY_MINUTES


@FEW
@given(RULES, FACTS, st.randoms(use_true_random=False))
def test_the_order_of_facts_makes_no_difference(rules: tuple[Event, ...], facts: list[Event], luck: Random) -> None:
    """Nor does one that comes twice."""
    shuffled = [*facts, *facts[:2]]
    luck.shuffle(shuffled)
    days, others = (one_person(*rules, *each).days("2026-11-20", "2026-12-01") for each in (facts, shuffled))
    assert days == others


@FEW
@given(RULES, FACTS, PUNCHES | RECORDINGS)
def test_another_fact_takes_no_presence_away_and_makes_nobody_later(
    rules: tuple[Event, ...], facts: list[Event], another: Event
) -> None:
    """Only the days it touches change: somebody is there, is timed if they were, and no later than before."""
    before, person = one_person(*rules, *facts), one_person(*rules, *facts, another)
    touched = touched_days(person.facts[-1], person.membership, person.directory)
    old, new = (each.days("2026-11-20", "2026-12-01") for each in (before, person))
    assert touched
    assert {on for on in old.keys() | new.keys() if old.get(on) != new.get(on)} <= {touched.first}
    for on, then in old.items():
        assert new[on].timed >= then.timed
        assert not then.timed or new[on].late_minutes <= then.late_minutes
