"""Records that cannot be folded: what is wrong with a record sets it aside, what is wrong with us stops the worker."""

from base64 import b64decode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from schemas.topics import DEAD_LETTERS, DIRECTORY, EVENTS
from services.local.servers import Servers
from tests.support.canonical_log import Raw, ends, read_on, record_of, write
from tests.support.deployment import Deployment, Running, deployment, until
from tests.support.histories import VILLAGE, as_let_in, random_history
from tests.support.oracle import Event
from tests.support.verdict import check_deployment

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def workers(servers: Servers, tmp_path: Path) -> AsyncIterator[Deployment]:
    """A database and a log, and no worker yet."""
    async with deployment(servers, tmp_path) as made:
        yield made


def _poison(like: Event, number: int) -> Event:
    """A valid event that the odd worker trips over."""
    return like | {"id": f"poison-{number}", "source": "poison"}


def _among(events: Sequence[Event], poison: Sequence[Event | Raw]) -> list[Event | Raw]:
    """The events in their order with the poison spread among them."""
    mixed: list[Event | Raw] = list(events)
    for number, each in enumerate(poison):
        mixed.insert((number + 1) * len(mixed) // (len(poison) + 1), each)
    return mixed


async def _flow(workers: Deployment, events: Sequence[Event], poison: Sequence[Event | Raw]) -> list[str]:
    """Write all mixed; everything is folded but the poison, which becomes dead letters; return their reasons."""
    kafka = workers.around.kafka
    since = await ends(kafka, [DEAD_LETTERS])
    mixed = _among(events, poison)
    places = await write(kafka, mixed)
    await workers.settled()
    written = {
        place: (each if isinstance(each, tuple) else record_of(each))[2]
        for place, each in zip(places, mixed, strict=True)
        if any(each is one for one in poison)
    }
    letters = await read_on(kafka, DEAD_LETTERS, since, len(poison))
    told = {
        (letter["origin"]["topic"], letter["origin"]["partition"], letter["origin"]["offset"]): b64decode(
            letter["payload_base64"]
        )
        for letter in letters
    }
    assert told == written
    assert sum((await ends(kafka, [DEAD_LETTERS])).values()) == sum(since.values()) + len(poison)
    return [letter["reason"] for letter in letters]


async def test_what_cannot_be_read_is_set_aside_alone(workers: Deployment) -> None:
    """Bytes, nothing, JSON that is no event, and an event that breaks its contract, on both topics."""
    history = random_history(3, 300, VILLAGE)
    facts = [event for event in history if event["type"] == "attendance.punched.v1"]
    no_events = (b"\xff not json", b"", b"[]", b'{"specversion":"1.0"}')
    poison: list[Event | Raw] = [(topic, b"E1", value) for topic in (EVENTS, DIRECTORY) for value in no_events]
    poison.append(_poison(facts[0], 1) | {"data": {"at": "yesterday", "direction": "in"}})
    await workers.start_worker("w1", ready="/health/live")
    await _flow(workers, history, poison)

    assert await workers.running["w1"].metric("scoring_records_set_aside_total") == len(poison)
    await check_deployment(workers, history)


@pytest.mark.parametrize("weakness", ["odd_decoder", "odd_break"])
async def test_a_bug_sets_nothing_aside(workers: Deployment, weakness: str) -> None:
    """Whoever trips over an event stands still and says so; the version without the bug counts every event."""
    history = as_let_in(random_history(6, 300, VILLAGE))
    facts = [event for event in history if event["type"] == "attendance.punched.v1"]
    sent = [*history[:200], _poison(facts[0], 1), *history[200:]]
    since = await ends(workers.around.kafka, [DEAD_LETTERS])
    await workers.start_worker("w1", ready="/health/live", **{weakness: "poison-"})
    worker = workers.running["w1"]
    await write(workers.around.kafka, sent)

    await until(lambda: _stands_still(worker), 30, "the worker stands still")
    assert not await worker.answers("/health/ready")
    assert await worker.metric("kinerja_fold_failures_total") > 0
    assert await worker.metric("scoring_records_set_aside_total") == 0

    await worker.stop()
    await workers.start_worker("w1")
    await workers.settled()
    assert await ends(workers.around.kafka, [DEAD_LETTERS]) == since
    await check_deployment(workers, sent)


async def test_an_error_of_the_database_that_nobody_foresaw_sets_nothing_aside(workers: Deployment) -> None:
    """The worker rolls back, is not ready, tries again, and goes on by itself once the database is mended."""
    history = as_let_in(random_history(6, 300, VILLAGE))
    since = await ends(workers.around.kafka, [DEAD_LETTERS])
    worker = await workers.start_worker("w1")
    async with _owner(workers) as conn:
        await conn.execute("ALTER TABLE unit_day ADD CONSTRAINT nothing_more CHECK (present < -1) NOT VALID")
        await write(workers.around.kafka, history)
        await until(lambda: _stands_still(worker), 30, "the worker stands still")
        assert not await worker.answers("/health/ready")
        await conn.execute("ALTER TABLE unit_day DROP CONSTRAINT nothing_more")

    await workers.settled()
    await until(worker.answers, 20, "the worker is ready again")
    assert await ends(workers.around.kafka, [DEAD_LETTERS]) == since
    await check_deployment(workers, history)


async def test_a_flood_of_unreadable_records_stops_the_worker(workers: Deployment) -> None:
    """More than the limit allows are not set aside: whoever cannot read what all others write would lose the log."""
    history = random_history(3, 200, VILLAGE)
    worker = await workers.start_worker("w1", set_aside_share="0.1", set_aside_window="100")
    await write(workers.around.kafka, [*history, *[(EVENTS, b"E1", b"\xff not json") for _ in range(200)]])

    await until(lambda: _stands_still(worker), 30, "the worker stands still")
    assert not await worker.answers("/health/ready")
    assert await worker.metric("scoring_records_set_aside_total") <= 30
    assert "TooManyMalformed" in worker.output


async def test_the_version_that_knows_a_type_takes_in_what_an_older_one_kept(workers: Deployment) -> None:
    """Ingest is upgraded first: what it lets in is kept and counted, and then figures are as if it had been known."""
    history = as_let_in(random_history(9, 400, VILLAGE))
    unknown = ("service.completed.v1", "assignment.started.v1", "unit.registered.v1", "attendance.leave_granted.v1")
    kept = [event for event in history if event["type"] in unknown]
    assert {event["type"] for event in kept} == set(unknown)
    since = await ends(workers.around.kafka, [DEAD_LETTERS])
    worker = await workers.start_worker("w1", odd_forget=",".join(unknown))
    await write(workers.around.kafka, history)
    await workers.settled()
    assert await worker.metric("scoring_records_for_later_total") == len(kept)
    assert await ends(workers.around.kafka, [DEAD_LETTERS]) == since

    await worker.stop()
    worker = await workers.start_worker("w1")
    await until(lambda: _has_taken_in(worker, len(kept)), 30, "what was kept is taken in")
    await workers.settled()
    assert await worker.metric("scoring_records_kept_apart") == 0
    await check_deployment(workers, history)


async def _stands_still(worker: Running) -> bool:
    return await worker.metric("kinerja_fold_failing") > 0


async def _has_taken_in(worker: Running, count: int) -> bool:
    return await worker.metric("scoring_records_refolded_total") == count


@asynccontextmanager
async def _owner(workers: Deployment) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the role that owns the tables."""
    conn = await asyncpg.connect(workers.around.dsns["scoring"])
    try:
        yield conn
    finally:
        await conn.close()
