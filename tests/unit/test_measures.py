"""The six measures: from a day's counters to what is read (architecture.md sections 5 and 6)."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.measures import Measure
from services.scoring.domain.measures import OF_PERSON, OF_UNIT, rendered, value
from services.scoring.domain.measures import measures_of as as_measures
from services.scoring.domain.measures import summed as summed_measures
from services.scoring.projections.unit_day.columns import NAMES as COUNTERS
from services.scoring.projections.unit_day.columns import Counters

PRESENCE, PUNCTUALITY, LATE_MINUTES = "attendance.presence", "attendance.punctuality", "attendance.late_minutes"
SERVICE, SATISFACTION, COMPLAINTS = "service.timeliness", "service.satisfaction", "complaint.timeliness"
Pairs = dict[str, tuple[int, int]]


def measures_of(counters: Counters, *, workday: bool, closed: bool) -> Pairs:
    """The measures as pairs (n, total)."""
    measures = as_measures(counters, workday=workday, closed=closed)
    return {name: (each.n, each.total) for name, each in measures.items()}


def summed(parts: Iterable[Pairs], names: Iterable[str]) -> Pairs:
    """The sum of pairs, as pairs."""
    measures = ({name: Measure(*pair) for name, pair in part.items()} for part in parts)
    return {name: (each.n, each.total) for name, each in summed_measures(measures, names).items()}


DAY = Counters(
    heads=10,
    present=8,
    timed=7,
    on_time=5,
    late_minutes=19,
    service_n=6,
    service_total=4,
    survey_n=2,
    survey_total=61,
    complaint_n=3,
    complaint_total=2,
    overdue=1,
)
FEW = settings(max_examples=25, deadline=None)


def test_a_closed_workday_counts_everything() -> None:
    """Of 10 expected 8 came, 7 are timed and 5 of them in time; the complaint that is overdue is one more, late."""
    assert measures_of(DAY, workday=True, closed=True) == {
        PRESENCE: (10, 8),
        PUNCTUALITY: (7, 5),
        LATE_MINUTES: (7, 19),
        SERVICE: (6, 4),
        SATISFACTION: (2, 61),
        COMPLAINTS: (4, 2),
    }


def test_before_the_day_is_closed_nobody_is_absent_and_nothing_overdue() -> None:
    """Presence waits for the closing, and so does the unresolved complaint; punctuality does not."""
    measures = measures_of(DAY, workday=True, closed=False)
    assert (measures[PRESENCE], measures[COMPLAINTS]) == ((0, 0), (3, 2))
    assert (measures[PUNCTUALITY], measures[LATE_MINUTES]) == ((7, 5), (7, 19))


@pytest.mark.parametrize("closed", [True, False])
def test_off_a_workday_attendance_counts_nothing(closed: bool) -> None:
    """Nobody is expected on a holiday, even if they punch; services and answers count on every day."""
    measures = measures_of(DAY, workday=False, closed=closed)
    assert {measures[name] for name in (PRESENCE, PUNCTUALITY, LATE_MINUTES)} == {(0, 0)}
    assert (measures[SERVICE], measures[SATISFACTION]) == ((6, 4), (2, 61))


def test_a_complaint_is_overdue_on_a_holiday_too() -> None:
    """Its day need only be closed."""
    assert measures_of(DAY, workday=False, closed=True)[COMPLAINTS] == (4, 2)


def test_a_person_has_five_measures_and_a_unit_six() -> None:
    """Complaints name no person."""
    assert (*OF_PERSON, COMPLAINTS) == OF_UNIT
    assert len(OF_UNIT) == 6
    assert measures_of(Counters(), workday=True, closed=True) == dict.fromkeys(OF_UNIT, (0, 0))


def test_a_sum_has_every_name_asked_for_and_no_other() -> None:
    """Without a day all are 0 of 0; what a part leaves out adds nothing, what was not asked for is left out."""
    assert summed([], OF_PERSON) == dict.fromkeys(OF_PERSON, (0, 0))
    parts: list[Pairs] = [{PRESENCE: (2, 1), COMPLAINTS: (1, 1)}, {PRESENCE: (3, 3)}]
    assert summed(parts, (PRESENCE, SERVICE)) == {PRESENCE: (5, 4), SERVICE: (0, 0)}


@pytest.mark.parametrize(
    ("name", "n", "total", "written"),
    [
        (PUNCTUALITY, 3, 2, "0.6667"),
        (PRESENCE, 3, 1, "0.3333"),
        (PRESENCE, 7, 7, "1.0000"),
        (SERVICE, 7, 0, "0.0000"),
        (COMPLAINTS, 32, 1, "0.0313"),
        (COMPLAINTS, 20_000, 1, "0.0001"),
        (COMPLAINTS, 20_001, 1, "0.0000"),
        (LATE_MINUTES, 1, 190, "190.00"),
        (LATE_MINUTES, 7, 19, "2.71"),
        (LATE_MINUTES, 1, 123_456_789_012_345, "123456789012345.00"),
        (LATE_MINUTES, 8, 1, "0.13"),
        (SATISFACTION, 1, 30, "83.33"),
        (SATISFACTION, 1, 36, "100.00"),
        (SATISFACTION, 1, 9, "25.00"),
        (SATISFACTION, 2, 61, "84.72"),
    ],
)
def test_values_are_decimal_strings_rounded_half_up(name: str, n: int, total: int, written: str) -> None:
    """2 of 3 is 0.6667; 1 of 32 is 0.03125 and rounds up; nine scores of 30 together are an IKM of 30 x 25 / 9."""
    assert value(name, n, total) == written


@pytest.mark.parametrize("name", OF_UNIT)
def test_nothing_counted_has_no_value(name: str) -> None:
    """Null is not 0: nobody was late of nobody."""
    assert value(name, 0, 0) is None


def test_the_read_api_shows_n_total_and_value() -> None:
    """Exact integers beside the value that is read."""
    assert rendered({PRESENCE: Measure(3, 2), SERVICE: Measure(0, 0)}) == {
        PRESENCE: {"n": 3, "total": 2, "value": "0.6667"},
        SERVICE: {"n": 0, "total": 0, "value": None},
    }


NAMES = st.sampled_from(OF_UNIT)
NUMBERS = st.integers(0, 10**15)
DAYS = st.builds(Counters, **dict.fromkeys(COUNTERS, st.integers(0, 10**9)))


@FEW
@given(NAMES, st.integers(1, 10**15), NUMBERS)
def test_a_value_is_the_exact_quotient_to_its_last_digit(name: str, n: int, total: int) -> None:
    """Never a float: off by half a unit of the last digit at most, a tie always upward, and with no exponent."""
    exact = Fraction(total * 25, 9 * n) if name == SATISFACTION else Fraction(total, n)
    digits = 2 if name in (LATE_MINUTES, SATISFACTION) else 4
    written = value(name, n, total)
    assert written
    assert len(written.partition(".")[2]) == digits
    assert -Fraction(1, 2) < (Fraction(Decimal(written)) - exact) * 10**digits <= Fraction(1, 2)


@FEW
@given(st.lists(DAYS, max_size=5), st.booleans(), st.booleans())
def test_days_added_up_are_the_measures_of_their_counters_added_up(
    days: list[Counters], workday: bool, closed: bool
) -> None:
    """So leaf units can be summed as counters or as measures, in any order."""
    together = Counters(**{name: sum(getattr(each, name) for each in days) for name in COUNTERS})
    parts = [measures_of(each, workday=workday, closed=closed) for each in days]
    assert summed(parts, OF_UNIT) == summed(reversed(parts), OF_UNIT)
    assert summed(parts, OF_UNIT) == measures_of(together, workday=workday, closed=closed)


@FEW
@given(DAYS, st.integers(1, 5), st.booleans())
def test_one_more_present_head_changes_presence_alone(counters: Counters, more: int, workday: bool) -> None:
    """And on a closed workday only, by as much in n as in total."""
    fuller = replace(counters, heads=counters.heads + more, present=counters.present + more)
    before, after = (measures_of(each, workday=workday, closed=True) for each in (counters, fuller))
    added = more if workday else 0
    assert after == before | {PRESENCE: (before[PRESENCE][0] + added, before[PRESENCE][1] + added)}
