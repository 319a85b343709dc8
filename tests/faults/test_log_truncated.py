"""Kafka comes back without the end of a partition: nobody goes on as if nothing had happened, and it can be mended."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import EVENTS, MEASURES
from services.kit.kafka_address import client_options
from services.local import kafka
from services.local.console import silent
from services.local.ports import free_ports
from services.local.server import OwnServer
from services.local.servers import Servers
from services.scoring.folding.placing import Placing
from tests.support.canonical_log import Raw, write
from tests.support.deployment import Deployment, Running, deployment, until
from tests.support.event_builders import service, unit
from tests.support.histories import as_sent
from tests.support.oracle import Event

pytestmark = pytest.mark.timeout(240)
UNIT = "A"
PART = Placing(8).partition(UNIT)
PLACE = TopicPartition(EVENTS, PART)
DAY = "2026-03-02"
BATCH = {"content-type": "application/cloudevents-batch+json"}
KNOBS = {"session_timeout_ms": "6000"}


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[OwnServer]:
    """A broker of this test's own, whose files it may remove."""
    log = tmp_path / "kafka.log"
    made = await asyncio.to_thread(kafka.prepare, tmp_path / "kafka", free_ports(2), "password", log, silent)
    server = OwnServer(made.address, made.command, lambda: None, made.ready)
    await server.start()
    yield server
    await server.close()


@pytest.fixture
async def running(broker: OwnServer, servers: Servers, tmp_path: Path) -> AsyncIterator[Deployment]:
    """Ingest, scoring with a worker, and notifications on it."""
    async with deployment(Servers(broker, servers.postgres), tmp_path) as made:
        await asyncio.gather(
            made.start("ingest", **KNOBS),
            made.start("scoring"),
            made.start_worker("w1", **KNOBS),
            made.start("notifications", **KNOBS),
        )
        yield made


def _services(first: int, count: int) -> list[Event]:
    done = service(UNIT, f"{DAY}T09:00:00", f"{DAY}T09:05:00", 10)
    return [done | {"id": f"s-{first + number}"} for number in range(count)]


async def _ask(running: Deployment, service: str, path: str, token: str, **more: Any) -> httpx.Response:
    bearer = {"authorization": f"Bearer {running.around.credentials.tokens[token]}"}
    headers = bearer | more.pop("headers", {})
    return await running.running[service].http.request(more.pop("method", "GET"), path, headers=headers, **more)


async def _send(running: Deployment, events: Sequence[Event]) -> dict[str, int]:
    """Post as a source does, until it is taken; return the position."""
    body = json.dumps([as_sent(event) for event in events])
    while True:
        answer = await _ask(running, "ingest", "/v1/events", "source", method="POST", content=body, headers=BATCH)
        if answer.status_code == 202:
            position: dict[str, int] = answer.json()["position"]
            return position
        assert answer.status_code == 503, answer.text
        await asyncio.sleep(0.2)


async def _figure(running: Deployment, at_least: str | None = None) -> httpx.Response:
    path = f"/v1/units/{UNIT}/measures?from={DAY}&to={DAY}"
    return await _ask(running, "scoring", path + (f"&at_least={at_least}" if at_least else ""), "hr")


async def _counted(running: Deployment) -> int:
    answer = await _figure(running)
    return int(answer.json()["measures"]["service.timeliness"]["n"])


async def _lose_tail(broker: OwnServer, folder: Path, place: TopicPartition) -> None:
    """Kill the broker, remove the first segment of a partition and start it again."""
    await broker.kill()
    segments = list((folder / "kafka" / "data" / f"{place.topic}-{place.partition}").glob("0" * 20 + ".*"))
    assert segments
    for segment in segments:
        segment.unlink()
    await broker.start()


@asynccontextmanager
async def _scoring(running: Deployment) -> AsyncIterator[asyncpg.Connection]:
    conn = await asyncpg.connect(running.around.dsns["scoring"])
    try:
        yield conn
    finally:
        await conn.close()


async def _remembered(running: Deployment, position: int) -> bool:
    conn = await asyncpg.connect(running.around.dsns["ingest"])
    try:
        noted = "SELECT next_offset FROM acknowledged WHERE topic = $1 AND partition = $2"
        return int(await conn.fetchval(noted, PLACE.topic, PLACE.partition) or 0) >= position
    finally:
        await conn.close()


async def _says_so(running: Deployment, process: Running) -> None:
    async def said() -> bool:
        return "fold.log_truncated" in process.output and not await process.answers()

    await until(said, 60, "the lost tail is noticed")
    assert await process.metric("kinerja_fold_failing") >= 1


async def test_what_comes_after_a_lost_tail_is_refused_until_it_is_mended(
    running: Deployment, broker: OwnServer, tmp_path: Path
) -> None:
    """Not one of the events answered 202 falls out of the figures, and no figure is passed off as up to date."""
    worker = running.running["w1"]
    await _send(running, [unit(UNIT)])
    at = await _send(running, _services(0, 100))
    await running.settled()
    assert await _counted(running) == 100

    await _lose_tail(broker, tmp_path, PLACE)
    resent = asyncio.create_task(_send(running, _services(100, 50)))
    await _says_so(running, worker)
    place = f"events/{PART}"
    await until(lambda: _refused(running, f"{place}:{at[place]}"), 20, "at_least is refused")
    assert await _counted(running) == 100

    position = await asyncio.wait_for(resent, 60)
    assert position[place] > at[place], "what was answered 202 stands beyond what was folded"
    ingest = running.running["ingest"]
    assert "log.tail_lost" in ingest.output
    assert await ingest.metric("kinerja_ingest_tails_lost_total") >= 50
    await _mend(running, at[place])
    await until(worker.answers, 90, "the worker is ready again")
    await running.settled()
    assert await _counted(running) == 150
    assert (await _figure(running, f"{place}:{position[place]}")).status_code == 200


async def test_an_ingest_started_after_the_loss_knows_of_it(
    running: Deployment, broker: OwnServer, tmp_path: Path
) -> None:
    """What the one before it saw acknowledged is remembered: nothing that stands where it was lost is answered 202."""
    worker, place = running.running["w1"], f"events/{PART}"
    await _send(running, [unit(UNIT)])
    at = await _send(running, _services(0, 100))
    await running.settled()
    await until(lambda: _remembered(running, at[place]), 20, "ingest has noted how far the log has come")
    await _lose_tail(broker, tmp_path, PLACE)
    await running.running["ingest"].kill()
    await running.start("ingest", **KNOBS)
    position = await asyncio.wait_for(_send(running, _services(100, 50)), 60)
    assert position[place] > at[place], "what was answered 202 stands beyond what was folded"
    assert "log.tail_lost" in running.running["ingest"].output
    await _says_so(running, worker)
    assert await _counted(running) == 100

    await _mend(running, at[place])
    await until(worker.answers, 90, "the worker is ready again")
    await running.settled()
    assert await _counted(running) == 150


async def test_a_lost_tail_is_noticed_where_nothing_comes(
    running: Deployment, broker: OwnServer, tmp_path: Path
) -> None:
    """Without one new record; records written again, as the runbook says, bring the worker back by themselves."""
    worker = running.running["w1"]
    await _send(running, [unit(UNIT), *_services(0, 20)])
    await running.settled()
    await _lose_tail(broker, tmp_path, PLACE)
    await _says_so(running, worker)

    await write(broker.address, await _journaled(running, 0))
    await until(worker.answers, 90, "the worker is ready again")
    await _send(running, _services(20, 5))
    await running.settled()
    assert await _counted(running) == 25


async def test_notifications_notice_a_lost_tail_of_the_measures(
    running: Deployment, broker: OwnServer, tmp_path: Path
) -> None:
    """They have no journal, but know the last record they folded."""
    notifications = running.running["notifications"]
    measures = TopicPartition(MEASURES, PART)
    await _send(running, [unit(UNIT), *_services(0, 5)])
    await until(lambda: _has_folded(notifications, MEASURES), 30, "notifications have folded")
    await until(notifications.answers, 20, "notifications are ready")
    await _lose_tail(broker, tmp_path, measures)
    await _send(running, _services(5, 5))
    await _says_so(running, notifications)


async def _has_folded(notifications: Running, topic: str) -> bool:
    return await notifications.metric(f'kinerja_notifications_folded_total{{topic="{topic}"}}') > 0


async def _refused(running: Deployment, at_least: str) -> bool:
    answer = await _figure(running, at_least)
    return answer.status_code == 503 and "lost records" in answer.text


async def _journaled(running: Deployment, since: int) -> list[Raw]:
    """The journal's payloads, in order, as records that go to the same partition."""
    async with _scoring(running) as conn:
        rows = await conn.fetch(
            "SELECT payload FROM journal WHERE partition = $1 AND record_offset >= $2 ORDER BY record_offset",
            PART,
            since,
        )
    return [(EVENTS, UNIT.encode(), bytes(row["payload"])) for row in rows]


async def _mend(running: Deployment, folded: int) -> None:
    """What docs/operations/log-truncated.md says: repeat what stands below the position, and accept the rest."""
    address = running.around.kafka
    async with AIOKafkaConsumer(**client_options(address)) as consumer:
        consumer.assign([PLACE])
        consumer.seek(PLACE, 0)
        strangers = [(await consumer.getone()) for _ in range(folded)]
    await write(address, [(EVENTS, record.key, record.value) for record in strangers])
    async with _scoring(running) as conn:
        await conn.execute(
            "INSERT INTO accepted SELECT partition, next_offset - 1 FROM consumer_offset WHERE partition = $1", PART
        )
