"""Where people last belonged in periods, and whether they worked over midnight."""

import json
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.days import days_between
from services.scoring.domain.directory import Directory
from services.scoring.domain.events import decode
from services.scoring.evaluation.homes import DAY, NIGHT, Home, Patterns, homes
from services.scoring.evaluation.periods import Period
from services.scoring.projections.membership.rows import Assignment, Membership, MembershipSpan
from tests.support.event_builders import event, unit
from tests.support.histories import VILLAGE

PERIODS = [Period.of(text) for text in ("2026-02", "2026-03", "2026-04")]
DAYS = st.dates(date(2026, 1, 20), date(2026, 5, 10))


@st.composite
def assignments(draw: st.DrawFn) -> list[Assignment]:
    """A few assignments, some of them of no day."""
    found = []
    for number in range(draw(st.integers(0, 4))):
        first, last = draw(DAYS), draw(DAYS)
        found.append(Assignment(draw(st.sampled_from(VILLAGE.units)), first, last, (number, "s", "i")))  # type: ignore[arg-type]
    return found


@given(assignments())
def test_homes_are_the_last_days_of_membership(listed: list[Assignment]) -> None:
    """As walking back from each period's end day by day finds them."""
    membership = Membership.of_assignments(listed)
    expected = []
    for period in PERIODS:
        days = [day for day in days_between(period.first, period.last) if membership.unit(day) is not None]
        if days:
            expected.append(Home(period, str(membership.unit(days[-1])), days[-1]))

    assert list(homes(membership.spans, PERIODS)) == expected


@given(assignments())
def test_one_assignment_gives_the_spans_that_many_give(listed: list[Assignment]) -> None:
    """The short way for most people is the same way: a copy of the only assignment changes nothing."""
    for only in listed:
        assert Membership.of_assignments([only]).spans == Membership.of_assignments([only, only]).spans


def test_who_worked_over_midnight_on_a_day_of_the_period_has_nights() -> None:
    """By the hours of the unit of each day: leaving the night unit in March makes March a month with nights."""
    night = {"mon": {"start": "22:00", "end": "06:00"}}
    schedule = event("schedule.set.v1", "unit:A", {"effective_from": "2026-01-01", "weekdays": night})
    events = [unit("A"), unit("b"), schedule]
    directory = Directory.empty().with_events(decode(json.dumps(each).encode()) for each in events)
    spans = [
        MembershipSpan("A", date(2026, 1, 1), date(2026, 3, 2)),
        MembershipSpan("b", date(2026, 3, 3), date(2026, 12, 31)),
    ]
    patterns = Patterns(directory)

    assert [patterns.of(spans, period) for period in PERIODS] == [NIGHT, NIGHT, DAY]
    assert patterns.of([MembershipSpan("A", date(2026, 3, 3), date(2026, 3, 8))], PERIODS[1]) == DAY
