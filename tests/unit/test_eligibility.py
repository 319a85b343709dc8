"""Who may answer about whom, on a day and for a period, held against the law's words day by day (scoring.md 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.facts import UnitRegistered
from services.scoring.evaluation.eligibility import RELATIONS, Eligibility, Span, home, spans_of

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 12)
DAYS = [FIRST + timedelta(days=later) for later in range((LAST - FIRST).days + 1)]
PEOPLE = ("A", "B", "C")
UNITS = {"dinas": None, "bidang-1": "dinas", "bidang-2": "dinas", "seksi-1": "bidang-1", "seksi-2": "bidang-1"}
POOL = "bidang"


@dataclass(frozen=True)
class Chart:
    """By person and day: the unit, and who supervises."""

    units: Mapping[tuple[str, date], str | None]
    supervisors: Mapping[tuple[str, date], str | None]

    def unit(self, person: str, on: date) -> str | None:
        return self.units.get((person, on))

    def supervisor(self, person: str, on: date) -> str | None:
        return self.supervisors.get((person, on))


class Tree:
    """Units that never change."""

    def walk(self, code: str, on: date) -> tuple[str, ...]:
        parent = UNITS[code]
        return (code, *(self.walk(parent, on) if parent else ()))

    def unit(self, code: str, on: date) -> UnitRegistered | None:
        return UnitRegistered(name=code, kind=code.partition("-")[0], effective_from=FIRST)


def _by_day(values: st.SearchStrategy[str | None]) -> st.SearchStrategy[dict[tuple[str, date], str | None]]:
    """Values that hold for a few days and then change, for each person."""
    whole = st.lists(values, min_size=4, max_size=4).map(lambda four: [value for value in four for _ in range(3)])
    return st.fixed_dictionaries(dict.fromkeys(PEOPLE, whole)).map(
        lambda found: {(person, day): found[person][at] for person in PEOPLE for at, day in enumerate(DAYS)}
    )


CHARTS = st.builds(
    Chart,
    _by_day(st.sampled_from([*UNITS, None])),
    _by_day(st.sampled_from([*PEOPLE, "X", None])),
)


def _naive(chart: Chart, relation: str, rater: str, ratee: str, on: date, pool: str | None) -> bool:
    """The words of the law for one day."""
    up_of_rater, up_of_ratee = chart.supervisors.get((rater, on)), chart.supervisors.get((ratee, on))
    if rater == ratee:
        return False
    if relation == "subordinate":
        return up_of_rater == ratee
    if pool is None:
        return up_of_ratee is not None and up_of_rater == up_of_ratee
    nearest = []
    for person in (rater, ratee):
        here = chart.units.get((person, on))
        while here is not None and not here.startswith(pool):
            here = UNITS[here]
        nearest.append(here)
    return nearest[0] is not None and nearest[0] == nearest[1] and up_of_rater != ratee and up_of_ratee != rater


def _changes(chart: Chart) -> set[date]:
    known = (chart.units, chart.supervisors)
    return {
        day
        for day, before in zip(DAYS[1:], DAYS, strict=False)
        if any(each.get((person, day)) != each.get((person, before)) for each in known for person in PEOPLE)
    }


@given(CHARTS, st.sampled_from(RELATIONS), st.sampled_from([None, POOL]))
def test_days_of_eligibility_are_counted_as_if_one_by_one(chart: Chart, relation: str, pool: str | None) -> None:
    """Cut where anything changes, however the days are put together."""
    eligibility = Eligibility(chart, Tree(), pool)
    spans = spans_of(FIRST, LAST, _changes(chart))
    for rater in PEOPLE:
        for ratee in PEOPLE:
            expected = sum(_naive(chart, relation, rater, ratee, day, pool) for day in DAYS)
            assert eligibility.days(relation, rater, ratee, spans) == expected  # type: ignore[arg-type]


@given(CHARTS)
def test_home_is_the_unit_of_the_last_day_in_any(chart: Chart) -> None:
    """U and L of the law; nobody who belonged nowhere has one."""
    for person in PEOPLE:
        days = [day for day in DAYS if chart.unit(person, day) is not None]
        expected = (chart.unit(person, days[-1]), days[-1]) if days else None
        assert home(chart, person, spans_of(FIRST, LAST, _changes(chart))) == expected


@given(st.sets(st.dates(FIRST - timedelta(days=3), LAST + timedelta(days=3))))
def test_spans_cover_every_day_once(changes: set[date]) -> None:
    """From the first to the last, cut before each change and nowhere else."""
    spans = spans_of(FIRST, LAST, changes)
    covered = [span.first + timedelta(days=later) for span in spans for later in range(span.days)]
    assert covered == DAYS
    assert {span.first for span in spans} == {FIRST, *(day for day in changes if FIRST < day <= LAST)}


@pytest.mark.parametrize("supervisor", [None, "X"])
def test_peers_need_somebody_above_both(supervisor: str | None) -> None:
    """Two heads whom nobody supervises are not each other's peers."""
    chart = Chart({}, {("A", FIRST): supervisor, ("B", FIRST): supervisor})
    assert Eligibility(chart, Tree()).holds("peer", "A", "B", FIRST) is (supervisor is not None)


def test_a_day_is_a_span() -> None:
    """Both ends are included."""
    assert Span(FIRST, FIRST).days == 1
