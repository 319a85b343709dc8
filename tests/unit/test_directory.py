"""The directory in memory: what it remembers of earlier states is what it would work out anew."""

import json
from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.domain.directory import EVERYONE, Directory
from services.scoring.domain.facts import Event, decode
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
            directory.below(code, day),
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
