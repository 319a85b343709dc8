"""The directory in memory: what it remembers of earlier states is what it would work out anew."""

import json
import tracemalloc
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.domain.days import JAKARTA, ZONES
from services.scoring.domain.directory import EVERYONE, Directory
from services.scoring.domain.events import Event, decode
from services.scoring.domain.facts import ScheduleSet
from services.scoring.domain.hours import DEFAULT_SCHEDULE, schedule_of
from services.scoring.domain.memory import Memory
from services.scoring.domain.registers import latest
from tests.support.event_builders import schedule, unit
from tests.support.histories import histories
from tests.support.ingest import Json

WATCHED = [date(2026, 1, 1) + timedelta(days=27 * step) for step in range(8)]


def _answers(directory: Directory, codes: Sequence[str]) -> list[object]:
    """Ask everything there is to ask, of every unit on many days; what is asked is remembered."""
    return [
        (
            directory.walk(code, day),
            directory.zone(code, day),
            directory.schedule(code, day),
            directory.hours(code, day),
            directory.workday(code, day),
            directory.closed(code, day),
            directory.tree.below(code, day),
            directory.change_days(code),
            directory.closing_days(WATCHED[0], WATCHED[-1]),
        )
        for code in codes
        for day in WATCHED
    ]


def _decoded(history: Sequence[Json]) -> list[Event]:
    return [decode(json.dumps(event).encode()) for event in history]


@settings(max_examples=30, deadline=None)
@given(histories(), st.integers(1, 7))
def test_a_directory_that_grew_answers_like_one_made_at_once(history: list[Json], step: int) -> None:
    """Asked everything after every step: nothing remembered outlives the event or the void that changes it."""
    once = list({(e["type"], e["subject"], e["source"], e["id"]): e for e in history}.values())
    codes = sorted({e["subject"].partition(":")[2] for e in once if e["subject"].startswith("unit:")} - {EVERYONE})
    grown = Directory.empty()
    for start in range(0, len(once), step):
        _answers(grown.with_events(_decoded(once[start:])), codes)  # a state that is looked at and thrown away
        grown = grown.with_events(_decoded(once[start : start + step]))
        assert _answers(grown, codes) == _answers(Directory.empty().with_events(_decoded(once[: start + step])), codes)


@settings(max_examples=30, deadline=None)
@given(histories(), st.permutations(WATCHED))
def test_hours_are_those_of_the_nearest_schedule_whatever_was_asked_before(
    history: list[Json], days: list[date]
) -> None:
    directory = Directory.empty().with_events(_decoded(history))
    for day in days:
        for code in {e["subject"].partition(":")[2] for e in history if e["subject"].startswith("unit:")} - {EVERYONE}:
            places = (*directory.walk(code, day), EVERYONE)
            found = [latest(directory.timeline("schedule", place), day) for place in places]
            nearest = next((fact for fact in found if isinstance(fact, ScheduleSet)), None)
            assert directory.schedule(code, day) == (schedule_of(nearest) if nearest else DEFAULT_SCHEDULE)
            own = directory.unit(code, day)
            assert directory.zone(code, day) == (ZONES[own.timezone] if own else JAKARTA)


def test_hours_are_found_above_where_units_are_each_others_parents() -> None:
    events = [unit("A", parent="B"), unit("B", parent="A"), unit("C", parent="A"), unit("D", parent="unknown")]
    events += [schedule("B", {"mon": "06:00-14:00"}), schedule("unknown", {"mon": "05:00-14:00"})]
    directory = Directory.empty().with_events(_decoded(events))
    monday = date(2026, 3, 2)
    starts = {code: hours.start for code in "ABCD" if (hours := directory.hours(code, monday))}
    assert starts == {"A": 360, "B": 360, "C": 360, "D": 450}


def _country(units: int, versions: int) -> Directory:
    """One unit above all others, one of which is registered anew again and again."""
    events = [unit("R"), *(unit(f"U{number}", parent="R") for number in range(units))]
    days = [date(2026, 2, 1) + timedelta(days=number) for number in range(versions)]
    events += [unit("U0", parent="R", since=str(day)) for day in days]
    return Directory.empty().with_events(_decoded(events))


def test_trees_of_many_days_are_remembered_up_to_a_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred trees of three hundred units would take twenty times what is allowed here."""
    for bound in ("WALKS_BYTES", "TREES_BYTES"):
        monkeypatch.setattr(f"services.scoring.domain.tree.{bound}", 80_000)
    directory = _country(300, 100)
    directory.tree.below("R", date.min)  # what does not grow with the days: who is registered, and under whom
    tracemalloc.start()
    for number in range(100):
        assert len(directory.tree.below("R", date(2026, 2, 1) + timedelta(days=number))) == 301
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert kept < 2.5 * 80_000


def test_what_is_heavier_than_all_that_is_allowed_is_not_remembered() -> None:
    """It is answered all the same, and pushes nothing else out."""
    memory: Memory[str, tuple[int, ...]] = Memory(1_000)
    memory.keep("small", (1,))

    assert memory.keep("large", tuple(range(1_000))) == tuple(range(1_000))
    assert (memory.get("small"), memory.get("large")) == ((1,), None)


def test_days_between_two_versions_share_a_tree() -> None:
    """Asked from another day on, the same tree is not kept once more."""
    directory = _country(50, 1)
    trees = {id(directory.tree.below("R", date(2026, 2, 1) + timedelta(days=number))) for number in range(90)}

    assert len(trees) == 1
