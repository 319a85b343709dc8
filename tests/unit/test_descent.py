"""Under whom a unit stands, and the status of its days, say the same as the directory asked day by day."""

import json
from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.domain.changes import EVER, changes
from services.scoring.domain.directory import Directory
from services.scoring.domain.events import Event, decode
from services.scoring.projections.subtrees.rows import Descent, Status, descents, gone, status, status_of
from tests.support.event_builders import calendar, closed, schedule, unit
from tests.support.histories import VILLAGE, histories
from tests.support.ingest import Json

WATCHED = [date(2026, 2, 25) + timedelta(days=step) for step in range(30)] + [EVER.first, EVER.last, date(2026, 1, 1)]


def _decoded(history: Sequence[Json]) -> list[Event]:
    once = {(e["type"], e["subject"], e["source"], e["id"]): e for e in history}.values()
    return [decode(json.dumps(event).encode()) for event in once]


def _directory(*events: Json) -> Directory:
    return Directory.empty().with_events(_decoded(events))


@settings(max_examples=60, deadline=None)
@given(histories())
def test_descents_say_what_walk_workday_and_closing_say(history: list[Json]) -> None:
    """Of every unit on every day: the units above it, and whether the day is a workday and closed."""
    directory = _directory(*history)
    for code in VILLAGE.units:
        rows = descents(directory, code)
        for day in WATCHED:
            on = [row for row in rows if row.first <= day <= row.last]
            assert sorted(row.ancestor for row in on) == sorted(directory.walk(code, day)[1:])
            for row in on:
                assert status(row.status).is_workday(directory, day) == directory.workday(code, day)
                assert status(row.status).is_closed(directory, day) == directory.closed(code, day)


@settings(max_examples=60, deadline=None)
@given(histories(), st.integers(1, 9))
def test_every_unit_whose_descents_change_is_named(history: list[Json], step: int) -> None:
    """After each step of a history: a unit that is not named stands where it stood, in the same status."""
    events = _decoded(history)
    old = Directory.empty()
    for start in range(0, len(events), step):
        batch = events[start : start + step]
        new = old.with_events(batch)
        restated = changes(old, new, batch).restated
        for code in set(VILLAGE.units) - restated:
            assert descents(old, code) == descents(new, code)
        old = new


def test_what_everyone_is_told_changes_no_status() -> None:
    """A schedule, a holiday and a closing of everyone are filled in where figures are read."""
    before = _directory(unit("A"), unit("B", parent="A"))
    everyones = (
        schedule("*", {"sat": "08:00-12:00"}),
        calendar("*", "2026-03-06", "holiday"),
        closed("*", "2026-03-05"),
    )
    after = before.with_events(_decoded(everyones))

    assert descents(before, "B") == descents(after, "B") == [Descent("A", EVER.first, EVER.last, 128)]
    assert status(128).is_workday(before, date(2026, 3, 6))
    assert not status(128).is_workday(after, date(2026, 3, 6))


def test_a_status_is_a_small_number_and_back() -> None:
    """Every status has a number of its own that a smallint holds."""
    every = [
        Status(week, workday, closed)
        for week in (None, *range(128))
        for workday in (None, False, True)
        for closed in (False, True)
    ]
    assert [status(each.code) for each in every] == every
    assert max(each.code for each in every) < 2**15


def test_a_status_knows_the_nearest_schedule() -> None:
    """Hours on Monday and Saturday by the parent's schedule: bits 1 and 32."""
    directory = _directory(
        unit("A"), unit("B", parent="A"), schedule("A", {"mon": "08:00-12:00", "sat": "08:00-12:00"})
    )

    assert status_of(directory, "B", date(2026, 3, 2)) == Status(33, None, False)


def _spans(*spans: tuple[int, int]) -> list[Descent]:
    return [Descent("A", date(2026, 1, first), date(2026, 1, last), 128) for first, last in spans]


def test_only_the_days_that_are_gone_are_taken_away() -> None:
    """A move in the middle of a span leaves the rest of it alone."""
    assert gone(_spans((1, 31)), _spans((1, 9), (15, 20))) == _spans((10, 14), (21, 31))
    assert gone(_spans((1, 9)), _spans((1, 31))) == []
    assert gone(_spans((5, 6)), [Descent("A", date(2026, 1, 1), date(2026, 1, 31), 31)]) == _spans((5, 6))
