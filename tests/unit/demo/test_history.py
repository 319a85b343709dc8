"""The told history: repeatable, valid, within its limits, never in the future, and true to its plan."""

import json
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import islice, pairwise
from typing import Any

import pytest

from schemas.event import read_event
from services.local.demo import SEED
from services.local.demo.directory_events import Story
from services.local.demo.history import generate, sent_until
from services.local.demo.outcomes import outcome
from services.local.demo.places import PLACES
from services.local.demo.shape import LATE_OFFICE, SLOW_COUNTER, drops
from services.local.demo.wire import JAKARTA, second
from tests.support.demo_log import on_the_log
from tests.support.oracle import Oracle

TODAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=JAKARTA)
Event = dict[str, Any]


@pytest.fixture(scope="module")
def history() -> list[Event]:
    return list(generate(TODAY, SEED, NOON))


def test_the_same_day_and_seed_tell_the_same_history(history: list[Event]) -> None:
    """Two tellings agree event by event, in order."""
    assert list(islice(generate(TODAY, SEED, NOON), 20_000)) == history[:20_000]


def test_another_seed_tells_another_history() -> None:
    """The seed matters: most events differ."""
    stories = [Story(seed, TODAY, TODAY) for seed in (SEED, SEED + 1)]
    told = [{json.dumps(sent) for _, sent in sent_until(story, second(TODAY, 43_200))} for story in stories]
    assert len(told[0] & told[1]) < len(told[0]) // 2


def test_the_history_keeps_within_its_limits(history: list[Event]) -> None:
    """At most 250 people and 250,000 events, in the kinds of units that were asked for."""
    people = {told["subject"] for told in history if told["type"] == "employee.registered.v1"}
    kinds = Counter(told["data"]["kind"] for told in history if told["type"] == "unit.registered.v1")
    assert len(people) <= 200
    assert 100_000 <= len(history) <= 150_000
    assert kinds == {"kecamatan": 1, "kelurahan": 11, "dinas": 2, "seksi": 8}


def test_every_event_keeps_the_contract(history: list[Event]) -> None:
    """One of each type and source and every 20th event pass the same door as anyone's."""
    firsts = {(told["type"], told["source"]): told for told in history}
    for told in (*firsts.values(), *history[::20]):
        read_event(told)


def test_nothing_comes_from_the_future(history: list[Event]) -> None:
    """No event was stamped, and nothing happened, after the moment of telling."""
    happened = ("at", "started_at", "completed_at", "answered_at", "received_at", "resolved_at", "up_to", "as_at")
    for told in history:
        moments = [told["time"], *(told["data"][name] for name in happened if name in told["data"])]
        assert max(moments) <= NOON.isoformat()
        assert all(moment.endswith("+07:00") for moment in moments)


def test_days_are_closed_up_to_yesterday(history: list[Event]) -> None:
    """Each past date is closed once for everyone, today is not."""
    closed = {told["data"]["date"] for told in history if told["type"] == "day.closed.v1"}
    assert len(closed) == 396
    assert max(closed) == "2026-11-23"


def test_an_identity_never_has_two_contents(history: list[Event]) -> None:
    """What is sent again is sent unchanged, and some of it is."""
    contents: dict[tuple[str, str], Event] = {}
    for told in history:
        assert contents.setdefault((told["source"], told["id"]), told) == told
    assert 500 < len(history) - len(contents) < 2000


def test_some_events_are_late_and_some_are_taken_back(history: list[Event]) -> None:
    """Services reach us days after they were done, and voids name events that were sent."""
    sent = {(told["source"], told["id"]) for told in history}
    voids = [told["data"]["voided"] for told in history if told["type"] == "event.voided.v1"]
    assert len(voids) > 50
    assert all((voided["source"], voided["id"]) in sent for voided in voids)
    days = [told["data"]["completed_at"][:10] for told in history if told["type"] == "service.completed.v1"]
    assert sum(later < earlier for earlier, later in pairwise(days)) > 100


def test_events_come_in_order_of_sending() -> None:
    """The seconds of sending never go back, so that who has heard up to a moment has heard all of it."""
    seconds = [at for at, _ in sent_until(Story(SEED, date(2026, 3, 20), TODAY), second(date(2026, 7, 10), 0))]
    assert all(earlier <= later for earlier, later in pairwise(seconds))


@pytest.mark.parametrize("later", [1, 45])
def test_the_past_does_not_change_when_today_moves(later: int) -> None:
    """With one anchor, a later telling begins with the whole of the earlier one."""
    story = Story(SEED, TODAY - timedelta(days=30), TODAY)
    until = second(TODAY, 43_200)
    before = list(sent_until(story, until))
    after = sent_until(story, until + later * 86_400)
    assert [sent for sent in after if sent[0] <= until] == before


def test_another_first_day_changes_only_the_planted_drops() -> None:
    """Apart from the two units that drop, a month is told alike whenever the demonstration first starts."""
    earlier, later = Story(SEED, TODAY, TODAY), Story(SEED, TODAY, TODAY + timedelta(days=11))
    told = [_but_the_drops(story) for story in (earlier, later)]
    assert told[0] == told[1]


def _but_the_drops(story: Story) -> list[Event]:
    staff = {
        sent["subject"]: sent["data"]["unit"]
        for _, sent in sent_until(story, second(story.first, 1))
        if sent["type"] == "assignment.started.v1"
    }
    people = on_the_log(sent for _, sent in sent_until(story, second(TODAY + timedelta(days=30), 0)))
    dropping = {f"unit:{SLOW_COUNTER}", *(person for person, unit in staff.items() if unit == LATE_OFFICE)}
    return [sent for sent in people if sent["subject"] not in dropping]


def test_the_events_add_up_to_the_plan() -> None:
    """An independent reading of all events finds, unit by unit and day by day, the figures the detector was shown."""
    story = Story(SEED, TODAY - timedelta(days=60), TODAY)
    last = TODAY - timedelta(days=1)
    oracle = Oracle(on_the_log(sent for _, sent in sent_until(story, second(TODAY + timedelta(days=5), 0))))
    for place in (place for place in PLACES if place.kind in ("kelurahan", "seksi")):
        for day, measures in oracle.unit_measures(place.code, last - timedelta(days=20), last).items():
            plan = outcome(SEED, place.code, day, drops(TODAY))
            found = {name: tuple(count) for name, count in measures.items()}
            assert found["attendance.presence"] == (plan.expected, plan.present), (place.code, day)
            assert found["attendance.punctuality"] == (plan.present, plan.punctual), (place.code, day)
            assert found["service.timeliness"] == (plan.services, plan.in_time), (place.code, day)
            assert found["service.satisfaction"] == (plan.answers, plan.marks), (place.code, day)
