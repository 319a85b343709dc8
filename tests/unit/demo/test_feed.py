"""What a later start in the same folder sends: what is missing, with the same ids, and nothing twice."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.event import read_event
from schemas.topics import DIRECTORY, EVENTS
from services.kit.errors import UserError
from services.local.demo.directory_events import Story
from services.local.demo.feed import Feed, Progress, read_progress, write_progress
from services.local.demo.history import sent_until
from services.local.demo.wire import second

TODAY = date(2026, 11, 24)
STORY = Story(7, TODAY - timedelta(days=12), TODAY)
NOON = second(TODAY, 43_200)


def test_a_first_start_begins_thirteen_months_ago(tmp_path: Path) -> None:
    """Without kept progress the story is anchored at today and nothing has been sent."""
    assert read_progress(tmp_path / "demo.json", TODAY, 7) == Progress(Story(7, date(2025, 10, 24), TODAY), 0)


def test_progress_survives_a_restart(tmp_path: Path) -> None:
    """What was written is read again, whatever today and the asked seed are by then."""
    path, progress = tmp_path / "demo.json", Progress(STORY, NOON)
    write_progress(path, progress)
    assert read_progress(path, TODAY + timedelta(days=30), 8) == progress


def test_spoilt_progress_is_told_and_not_overwritten(tmp_path: Path) -> None:
    """A file that is no progress names itself and what to do."""
    path = tmp_path / "demo.json"
    path.write_text("{")
    with pytest.raises(UserError, match=r"demo\.json.*--data DIR"):
        read_progress(path, TODAY, 7)


def test_two_starts_send_together_what_one_would_have_sent() -> None:
    """A feed that begins where another stopped continues without gap or repetition."""
    until = second(TODAY + timedelta(days=3), 0)
    first = list(Feed(Progress(STORY, 0)).due(NOON))
    rest = list(Feed(Progress(STORY, NOON)).due(until))
    assert _sorted(first + rest) == _sorted(told for _, told in sent_until(STORY, until))
    assert _sorted(first) == _sorted(told for _, told in sent_until(STORY, NOON))


def test_a_feed_hands_each_event_out_once() -> None:
    """Asked again for the same moment there is nothing more; for a later one, only the rest."""
    feed = Feed(Progress(STORY, 0))
    first = list(feed.due(NOON))
    assert list(feed.due(NOON)) == []
    rest = list(feed.due(NOON + 86_400))
    assert _sorted(first + rest) == _sorted(told for _, told in sent_until(STORY, NOON + 86_400))


def test_the_parts_of_a_feed_hold_their_kinds_only() -> None:
    """The directory part is all that goes to the directory but the closings, which are a part of their own."""
    feed = Feed(Progress(STORY, 0))
    topics = [{read_event(told).topic for told in part} for part in (feed.directory(NOON), feed.closings(NOON))]
    assert topics == [{DIRECTORY}, {DIRECTORY}]
    assert {read_event(told).topic for told in feed.facts(NOON)} == {EVENTS}


def _sorted(events: Iterable[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(told) for told in events)
