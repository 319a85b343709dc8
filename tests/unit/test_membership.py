"""Who belongs where, and who is expected (architecture.md section 5)."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.domain.changes import Span
from services.scoring.domain.days import LAST_DAY, ONE_DAY
from services.scoring.domain.events import decode
from services.scoring.projections.membership.rows import Assignment, Membership, MembershipSpan, assignment_of, expected
from tests.support.event_builders import assigned, person
from tests.support.one_person import day, one_person
from tests.support.oracle import Event

FEW = settings(max_examples=25, deadline=None)


def unit_of(*sent: Event, on: str) -> str | None:
    """The unit that E belongs to on a day."""
    return one_person(*sent).membership.unit(day(on))


def test_an_assignment_holds_from_its_first_day_to_its_last() -> None:
    """From the 2nd to the 5th, both included; nobody's on the 1st and the 6th."""
    sent = assigned("E", "A", "2026-03-02", "2026-03-05")
    assert [unit_of(sent, on=f"2026-03-0{number}") for number in range(1, 7)] == [None, "A", "A", "A", "A", None]


def test_an_open_assignment_holds_for_ever() -> None:
    """Until the last day that is counted."""
    assert unit_of(assigned("E", "A"), on=LAST_DAY.isoformat()) == "A"
    assert one_person(assigned("E", "A")).membership.spans == [MembershipSpan("A", day("2026-01-01"), LAST_DAY)]


def test_the_later_assignment_hides_the_earlier_until_it_ends() -> None:
    """A since January, B for March: B in March, A again in April, as A was never ended."""
    sent = assigned("E", "B", "2026-03-01", "2026-03-31"), assigned("E", "A")
    assert one_person(*sent).membership.spans == [
        MembershipSpan("A", day("2026-01-01"), day("2026-02-28")),
        MembershipSpan("B", day("2026-03-01"), day("2026-03-31")),
        MembershipSpan("A", day("2026-04-01"), LAST_DAY),
    ]


@pytest.mark.parametrize(
    ("lesser", "greater"),
    [
        ({"time": "2026-01-01T08:00:00+07:00"}, {"time": "2026-01-01T01:00:01Z"}),
        ({"source": "a", "time": "2026-01-01T08:00:00+07:00"}, {"source": "b", "time": "2026-01-01T01:00:00Z"}),
        ({"source": "Z"}, {"source": "a"}),
        ({"source": "z"}, {"source": "é"}),
        ({"id": "e-9"}, {"id": "e-91"}),
        ({"id": "e-10"}, {"id": "e-9"}),
    ],
)
def test_of_one_first_day_the_greatest_time_source_and_id_holds(
    lesser: dict[str, str], greater: dict[str, str]
) -> None:
    """Instants before sources before ids, strings by their bytes: "Z" < "a" < "é", "e-10" < "e-9"; never by arrival."""
    sent = assigned("E", "A", **({"id": "same"} | lesser)), assigned("E", "B", **({"id": "same"} | greater))
    assert unit_of(*sent, on="2026-02-01") == unit_of(*reversed(sent), on="2026-02-01") == "B"


def test_the_first_day_weighs_more_than_the_time() -> None:
    """An assignment from March on, stated before one from February on was, hides it nevertheless."""
    sent = (
        assigned("E", "A", "2026-03-01", time="2026-01-01T08:00:00Z"),
        assigned("E", "B", "2026-02-01", time="2026-06-01T08:00:00Z"),
    )
    assert unit_of(*sent, on="2026-03-01") == "A"


@pytest.mark.parametrize("basis", ["plt", "plh", "delegate"])
def test_only_a_definitive_assignment_gives_membership(basis: str) -> None:
    """Acting for somebody gives sight and duties; the person stays where they belong."""
    assert unit_of(assigned("E", "A"), assigned("E", "B", "2026-02-01", basis=basis), on="2026-02-01") == "A"
    assert unit_of(assigned("E", "B", basis=basis), on="2026-02-01") is None


def test_what_is_no_assignment_starts_none() -> None:
    """A registration says nothing about a unit, and its date limits nothing."""
    assert assignment_of(decode(json.dumps(person("E")).encode())) is None
    assert unit_of(person("E"), assigned("E", "A", "2020-01-01"), on="2020-01-01") == "A"


def test_an_assignment_that_ends_before_it_begins_covers_nothing() -> None:
    """Neither its own days nor those of another."""
    sent = assigned("E", "A"), assigned("E", "B", "2026-03-05", "2026-03-02")
    assert one_person(*sent).membership.spans == [MembershipSpan("A", day("2026-01-01"), LAST_DAY)]


def test_neighbouring_assignments_to_one_unit_are_one_span() -> None:
    """Renewed from the day after its end, it is as if it had been longer; a day between keeps them apart."""
    january = assigned("E", "A", "2026-01-01", "2026-01-31")
    renewed = one_person(january, assigned("E", "A", "2026-02-01", "2026-02-28")).membership
    assert renewed.spans == [MembershipSpan("A", day("2026-01-01"), day("2026-02-28"))]
    assert len(one_person(january, assigned("E", "A", "2026-02-02", "2026-02-28")).membership.spans) == 2


def test_a_leave_is_cut_out_of_the_days_on_which_somebody_is_expected() -> None:
    """With A until the 9th, then B; away from the 8th to the 11th, both days included."""
    spans = [
        MembershipSpan("A", day("2026-03-02"), day("2026-03-09")),
        MembershipSpan("B", day("2026-03-10"), LAST_DAY),
    ]
    assert expected(spans, [Span(day("2026-03-08"), day("2026-03-11"))]) == [
        MembershipSpan("A", day("2026-03-02"), day("2026-03-07")),
        MembershipSpan("B", day("2026-03-12"), LAST_DAY),
    ]


def test_a_leave_of_one_day_leaves_both_sides() -> None:
    """Away on the 5th: expected until the 4th and from the 6th on."""
    stay = MembershipSpan("A", day("2026-03-02"), day("2026-03-09"))
    assert expected([stay], [Span(day("2026-03-05"), day("2026-03-05"))]) == [
        MembershipSpan("A", day("2026-03-02"), day("2026-03-04")),
        MembershipSpan("A", day("2026-03-06"), day("2026-03-09")),
    ]


@pytest.mark.parametrize(("since", "until"), [("2026-03-02", "2026-03-04"), ("2026-03-07", "2026-03-09")])
def test_a_leave_at_an_edge_leaves_the_other_side_alone(since: str, until: str) -> None:
    """Of the 2nd to the 9th three days at the beginning, or at the end: five remain, and no empty span beside them."""
    (rest,) = expected([MembershipSpan("A", day("2026-03-02"), day("2026-03-09"))], [Span(day(since), day(until))])
    assert (rest.last - rest.first).days == 4


def test_a_leave_that_ends_before_it_begins_takes_no_day() -> None:
    """It does not even cut a span in two."""
    stay = MembershipSpan("A", day("2026-03-02"), day("2026-03-09"))
    assert expected([stay], [Span(day("2026-03-06"), day("2026-03-04"))]) == [stay]


FIRST = day("2026-03-01")
WATCHED = [FIRST + timedelta(days=number) for number in range(-1, 24)]
DAYS = st.integers(0, 20).map(lambda number: FIRST + timedelta(days=number))
STAMPS = st.tuples(
    st.integers(0, 1).map(lambda hour: datetime(2026, 1, 1, hour, tzinfo=UTC)),
    st.sampled_from("st"),
    st.sampled_from("0123456789"),
)
ASSIGNMENTS = st.lists(
    st.builds(Assignment, st.sampled_from("ABC"), DAYS, DAYS | st.just(LAST_DAY), STAMPS),
    max_size=7,
    unique_by=lambda each: each.stamp,
)
LEAVES = st.lists(st.builds(Span, DAYS, DAYS), max_size=4)


def told(assignments: list[Assignment], on: date) -> str | None:
    """The rule as it is written: of those in force the greatest by first day and stamp."""
    in_force = [each for each in assignments if each.first <= on <= each.last]
    return max(in_force, key=lambda each: (each.first, each.stamp)).unit if in_force else None


@FEW
@given(ASSIGNMENTS)
def test_every_day_belongs_to_the_greatest_assignment_in_force(assignments: list[Assignment]) -> None:
    """Whatever overlaps, ends early or is open."""
    membership = Membership.of_assignments(assignments)
    assert [membership.unit(on) for on in WATCHED] == [told(assignments, on) for on in WATCHED]


@FEW
@given(ASSIGNMENTS)
def test_spans_are_in_order_apart_and_as_long_as_can_be(assignments: list[Assignment]) -> None:
    """So two equal memberships have equal spans, and a difference is a difference."""
    spans = Membership.of_assignments(assignments).spans
    assert all(span.first <= span.last for span in spans)
    for before, after in pairwise(spans):
        assert before.last < after.first
        assert before.unit != after.unit or before.last + ONE_DAY < after.first


@FEW
@given(ASSIGNMENTS, LEAVES)
def test_expected_are_the_days_of_membership_without_those_of_leave(
    assignments: list[Assignment], leaves: list[Span]
) -> None:
    """Day by day, for any leaves, overlapping or empty; in order and apart."""
    membership = Membership.of_assignments(assignments)
    spans = expected(membership.spans, leaves)
    for on in WATCHED:
        away = any(leave.first <= on <= leave.last for leave in leaves)
        assert [span.unit for span in spans if span.first <= on <= span.last] == [
            unit for unit in [membership.unit(on)] if unit is not None and not away
        ]
    assert all(span.first <= span.last for span in spans)
    assert all(before.last < after.first for before, after in pairwise(spans))
