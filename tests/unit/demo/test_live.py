"""After the history: what falls due, and visitors who are valid, of this very moment, and of the usual quality."""

import asyncio
import contextlib
import json
from datetime import date, datetime, timedelta

import httpx
import pytest

from schemas.event import read_event
from services.local.demo.directory_events import Story
from services.local.demo.feed import Feed, Progress
from services.local.demo.live import ONLINE, Visit, follow, visit
from services.local.demo.sending import Sender
from services.local.demo.wire import JAKARTA, moment, second

TODAY = date(2026, 11, 24)
STORY = Story(7, TODAY - timedelta(days=12), TODAY)


@pytest.mark.parametrize("now", [second(TODAY, 7_200), second(TODAY, 50_000), second(date(2026, 11, 28), 43_000)])
def test_visitors_come_at_any_hour_and_never_from_the_future(now: int) -> None:
    """At night and at the weekend too, every event keeps the contract and ends at this moment."""
    for number in range(60):
        for told in visit(STORY, Visit(number, now - 100, now)):
            read_event(told)
            ended = told["data"].get("completed_at") or told["data"]["answered_at"]
            assert told["time"] == ended == moment(now)


def test_visitors_are_never_the_same_twice() -> None:
    """Ids differ between visitors and between runs."""
    now = second(TODAY, 50_000)
    visits = [Visit(number, began, now) for number in range(40) for began in (now - 50, now - 20)]
    names = [(told["source"], told["id"]) for each in visits for told in visit(STORY, each)]
    assert len(set(names)) == len(names)


def test_visitors_keep_the_level_of_the_units() -> None:
    """Over many visits a few services in a hundred take too long, as ever, and not half of them."""
    now = second(TODAY, 50_000)
    told = [each for number in range(900) for each in visit(STORY, Visit(number, now, now))]
    services = [read_event(each).data for each in told if each["type"] == "service.completed.v1"]
    slow = sum(
        (each.completed_at - each.started_at).total_seconds() > 60 * each.sla_minutes  # type: ignore[attr-defined]
        for each in services
    )
    assert 0.03 < slow / len(services) < 0.22


async def test_what_falls_due_comes_before_the_visitors() -> None:
    """Following begins with the story's events since the load, in order, and then brings the first visitor."""
    loaded, now = second(TODAY, 36_000), datetime(2026, 11, 24, 16, 30, tzinfo=JAKARTA)
    taken: list[dict[str, str]] = []
    visited, heard = asyncio.Event(), list[int]()

    def ingest(request: httpx.Request) -> httpx.Response:
        batch = json.loads(request.content)
        taken.extend(batch)
        if batch[0]["source"] == ONLINE:
            visited.set()
        return httpx.Response(202, json={"results": [{"status": "accepted"} for _ in batch], "position": {}})

    sender = Sender(httpx.AsyncClient(transport=httpx.MockTransport(ingest), base_url="http://ingest"))
    following = asyncio.create_task(follow(sender, Feed(Progress(STORY, loaded)), lambda: now, heard.append))
    await asyncio.wait_for(visited.wait(), 10)
    following.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await following
    due = list(Feed(Progress(STORY, loaded)).due(second(TODAY, 59_400)))
    assert len(due) > 100
    assert taken[: len(due)] == due
    assert taken[len(due)]["source"] == ONLINE
    assert heard[0] == second(TODAY, 59_400)
