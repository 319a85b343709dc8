"""Sending to a server that answers as the contract says: retries, refusals, and the order that detection needs."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.kit.errors import UserError
from services.local.demo.directory_events import Story
from services.local.demo.feed import Feed, Progress
from services.local.demo.history import sent_until
from services.local.demo.loading import close, load
from services.local.demo.sending import Sender, later
from services.local.demo.wire import second

TODAY = date(2026, 11, 24)
STORY = Story(7, TODAY - timedelta(days=3), TODAY)
UNTIL = second(TODAY, 43_200)
EVENT = {"source": "loket", "id": "1", "type": "service.completed.v1"}
Answers = Callable[[httpx.Request], httpx.Response]


def _client(answers: Answers) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(answers), base_url="http://server")


def _accepted(count: int, position: dict[str, int], status: str = "accepted") -> httpx.Response:
    results = [{"source": "s", "id": f"{number}", "status": status, "problem": "no"} for number in range(count)]
    return httpx.Response(422 if status == "rejected" else 202, json={"results": results, "position": position})


async def test_a_busy_server_is_asked_again() -> None:
    """After 503 and 429 with Retry-After the same batch is sent again and its position kept."""
    waiting = [httpx.Response(503, headers={"Retry-After": "0"}), httpx.Response(429, headers={"Retry-After": "0"})]
    sender = Sender(_client(lambda _: waiting.pop() if waiting else _accepted(1, {"events/3": 9})))
    await sender.send([EVENT])
    assert (sender.positions, sender.accepted) == ({"events/3": 9}, 1)


async def test_a_server_that_stays_away_is_given_up() -> None:
    """A Retry-After beyond all patience ends with a sentence that names the server's words."""
    answer = httpx.Response(503, headers={"Retry-After": "600"}, json={"title": "Not now", "detail": "log away"})
    with pytest.raises(UserError, match="503 Not now: log away"):
        await Sender(_client(lambda _: answer)).send([EVENT])


async def test_a_rejected_event_is_loud() -> None:
    """One rejection stops the load and names type, source, id and reason."""
    sender = Sender(_client(lambda _: _accepted(1, {}, "rejected")))
    with pytest.raises(UserError, match=r"service\.completed\.v1 loket/1: no"):
        await sender.send([EVENT])


async def test_an_unknown_token_is_loud() -> None:
    """Any other answer is an error with the problem's words."""
    answer = httpx.Response(401, json={"title": "Not authenticated", "detail": "unknown token"})
    with pytest.raises(UserError, match="401 Not authenticated: unknown token"):
        await Sender(_client(lambda _: answer)).send([EVENT])


def test_positions_only_grow() -> None:
    """Of two answers the greater position of each partition is kept."""
    assert later({"events/1": 5, "events/2": 1}, {"events/1": 3, "directory/0": 2}) == {
        "events/1": 5,
        "events/2": 1,
        "directory/0": 2,
    }


class _Instance:
    """Notes what a running instance is sent, and when its figures are waited for."""

    def __init__(self) -> None:
        self.batches: list[list[dict[str, Any]]] = []
        self.order: list[str] = []

    def ingest(self, request: httpx.Request) -> httpx.Response:
        batch = json.loads(request.content)
        self.batches.append(batch)
        self.order.append("closings" if batch[0]["type"] == "day.closed.v1" else "facts")
        return _accepted(len(batch), {f"events/{len(self.batches)}": 1})

    def scoring(self, request: httpx.Request) -> httpx.Response:
        self.order.append("folded")
        assert request.url.params["at_least"].count(":1") == len(self.batches)
        return httpx.Response(200)


async def test_days_are_closed_only_once_their_facts_are_folded() -> None:
    """All facts are sent, then waited for; then come the closings, oldest first, and are waited for."""
    instance = _Instance()
    sender, scoring = Sender(_client(instance.ingest)), _client(instance.scoring)
    feed = Feed(Progress(STORY, 0))
    await load(sender, scoring, feed, UNTIL, lambda count, moment: None)
    assert await close(sender, scoring, feed, UNTIL) == 3
    assert instance.order == ["facts"] * (len(instance.batches) - 1) + ["folded", "closings", "folded"]
    assert [each["data"]["date"] for each in instance.batches[-1]] == ["2026-11-21", "2026-11-22", "2026-11-23"]


async def test_people_and_units_come_before_what_they_do() -> None:
    """The first batch holds the whole directory, and nothing of the rest is lost or doubled."""
    instance = _Instance()
    sender, scoring = Sender(_client(instance.ingest)), _client(instance.scoring)
    feed = Feed(Progress(STORY, 0))
    await load(sender, scoring, feed, UNTIL, lambda count, moment: None)
    await close(sender, scoring, feed, UNTIL)
    assert {each["source"] for each in instance.batches[0]} == {"simpeg"}
    sent = sorted(json.dumps(each) for batch in instance.batches for each in batch)
    assert sent == sorted(json.dumps(each) for _, each in sent_until(STORY, UNTIL))


async def test_a_start_with_nothing_missing_asks_for_nothing() -> None:
    """When all is sent already, neither ingest nor scoring is asked, and no day is closed again."""
    instance = _Instance()
    sender, scoring = Sender(_client(instance.ingest)), _client(instance.scoring)
    feed = Feed(Progress(STORY, UNTIL))
    await load(sender, scoring, feed, UNTIL, lambda count, moment: None)
    assert await close(sender, scoring, feed, UNTIL) == 0
    assert instance.order == []


async def test_a_later_start_brings_one_day_after_the_other() -> None:
    """Each missing day is folded before the next one is sent, so that of the closed days never two are half full."""
    instance = _Instance()
    feed = Feed(Progress(STORY, UNTIL - 3 * 86_400))
    await load(Sender(_client(instance.ingest)), _client(instance.scoring), feed, UNTIL, lambda count, moment: None)
    waits = [index for index, step in enumerate(instance.order) if step == "folded"]
    assert waits == [1, 3, 5, 7]
    days = [{told["time"][:10] for told in batch if "mesin" in told["source"]} for batch in instance.batches]
    assert [max(day) for day in days if day] == ["2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"]


async def test_one_refusal_stops_all_connections() -> None:
    """The sentence of the first refusal is what the user sees, not a group of errors."""
    answers = iter([1])

    def refuse_later(request: httpx.Request) -> httpx.Response:
        count = len(json.loads(request.content))
        return _accepted(count, {}) if next(answers, None) else _accepted(count, {}, "rejected")

    with pytest.raises(UserError, match="rejected"):
        await load(
            Sender(_client(refuse_later)),
            _client(lambda _: httpx.Response(200)),
            Feed(Progress(STORY, 0)),
            UNTIL,
            lambda count, moment: None,
        )
