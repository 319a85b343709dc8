"""Kafka or PostgreSQL restarts or is away under load: all goes on by itself, nothing is lost, nothing doubled."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence

import pytest

from services.local.server import Server
from services.local.servers import Servers
from tests.support.deployment import until
from tests.support.histories import VILLAGE, as_let_in, random_arrivals, random_history
from tests.support.measured import note
from tests.support.oracle import Event
from tests.support.outage import ANSWER_WITHIN_S, Story, Town, town

EACH, BATCHES = 8, 24
LONG_S = [pytest.param(8.0, id="8s"), pytest.param(60.0, id="60s", marks=pytest.mark.slow)]
WHICH = pytest.mark.parametrize("which", ["kafka", "postgres"])

pytestmark = pytest.mark.timeout(300)
Batches = list[Sequence[Event]]


@pytest.fixture(scope="module")
async def running(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """All services, shared by the outages of this module."""
    async with town(servers, tmp_path_factory.mktemp("town")) as made:
        yield made


@pytest.fixture(scope="module")
def history() -> Iterator[Batches]:
    """One history in pieces: each test goes on where the one before has ended."""
    events = as_let_in(random_arrivals(8, random_history(8, 2_000, VILLAGE), 200))
    cut: Batches = [events[start : start + EACH] for start in range(0, len(events), EACH)]
    return iter([cut[start : start + BATCHES] for start in range(0, len(cut), BATCHES)])


async def _load(running: Town, batches: Batches, away: asyncio.Event) -> None:
    """Send as fast as it is answered; the second half not before the server is away."""
    for turn, batch in enumerate(batches):
        if turn == len(batches) // 2:
            await away.wait()
        await running.send(batch)


async def _while_away(running: Town, story: Story, which: str, until_when: float) -> None:
    """Ask everybody, over and over: what needs the server says 503, the rest answers, all are alive."""
    expected = 503 if which == "postgres" else 200
    measures = f"/v1/units/{story.unit}/measures?from=2026-03-01&to=2026-03-02"
    ingest = running.deployment.running["ingest"]
    while time.monotonic() < until_when:
        assert await running.reads(measures) == expected
        assert await running.reads("/v1/alerts") == expected
        assert not await ingest.answers("/health/ready")
        for process in running.deployment.running.values():
            assert await process.answers("/health/live")
            assert which == "kafka" or not await process.answers("/health/ready")
        await asyncio.sleep(0.5)


async def _outage(running: Town, server: Server, which: str, away_s: float | None, batches: Batches) -> None:
    """Take the server away under load, or restart it at once, and see that everything goes on."""
    story, away = await running.found_unit(), asyncio.Event()
    answered = len(running.answers)
    async with asyncio.TaskGroup() as load:
        for part in (batches[::2], batches[1::2]):
            load.create_task(_load(running, part, away))
        await until(lambda: _more_than(running, answered + 2), 20, "the load flows")
        down = time.monotonic()
        await (server.stop() if away_s is None else server.kill())
        gone = time.monotonic() + (0 if away_s is None else 1)  # answers under way may still come after a kill
        away.set()
        load.create_task(story.drop())
        if away_s is not None:
            await _while_away(running, story, which, down + away_s)
            assert {status for when, status, _ in running.answers if when > gone} == {503}
        await server.start()
        back = time.monotonic()
    await running.deployment.settled()
    folded = time.monotonic()
    await story.told_once()
    told = time.monotonic()

    assert max(seconds for _, _, seconds in running.answers[answered:]) < ANSWER_WITHIN_S
    taken = min(when for when, status, _ in running.answers if status == 202 and when > gone)
    how = "restarted" if away_s is None else f"away for {away_s:.0f} s"
    seconds = ", ".join(f"{what} after {max(0.0, when - back):.1f} s" for what, when in _moments(taken, folded, told))
    note(f"{which} {how}; once it serves again: {seconds}")
    await running.check()


def _moments(taken: float, folded: float, told: float) -> list[tuple[str, float]]:
    return [("an event is taken", taken), ("all is folded", folded), ("the alert is mailed", told)]


async def _more_than(running: Town, answers: int) -> bool:
    return len(running.answers) > answers


@WHICH
@pytest.mark.parametrize("away_s", LONG_S)
async def test_a_server_that_is_away_is_waited_for(
    running: Town, servers: Servers, history: Iterator[Batches], which: str, away_s: float
) -> None:
    """It dies under load and stays away: 503 in time, then everything is taken, folded and told, once."""
    await _outage(running, getattr(servers, which), which, away_s, next(history))


@pytest.mark.slow
@WHICH
async def test_a_server_may_be_restarted_under_load(
    running: Town, servers: Servers, history: Iterator[Batches], which: str
) -> None:
    """A planned restart costs some answers 503 and nothing else."""
    await _outage(running, getattr(servers, which), which, None, next(history))
