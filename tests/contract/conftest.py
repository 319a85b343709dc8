"""Every HTTP interface with something to show, on real servers."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from fastapi import FastAPI
from pydantic import HttpUrl, SecretStr

from services.ingest.main import create_app as create_ingest
from services.kit.access_format import Access
from services.kit.kafka_address import client_options
from services.kit.postgres import open_pool
from services.local.servers import Servers
from services.notifications.folding import TOPICS
from services.notifications.main import create_app as create_notifications
from services.notifications.settings import NotificationsSettings
from services.scoring.evaluation.governing import shipped_by_sha256
from services.scoring.main import create_api
from services.scoring.reading.given_receipts import ReceiptBook
from services.scoring.receipts.keys import ensure_keys
from services.scoring.receipts.signed import sha256_of
from services.scoring.settings import ScoringSettings
from services.setup.database import prepare_database
from services.setup.topics import create_topics
from tests.support import event_builders, policy_events
from tests.support.folding import Scoring, as_log
from tests.support.ingest import Ingest, Source, access_file, settings_for
from tests.support.notifications import PASSWORD, dropped, head, quiet, unit, working_days
from tests.support.notifications_installation import Installation
from tests.support.scorecards import receipt
from tests.support.serving import served

NOWHERE = "127.0.0.1:1"
ROLES = ("ingest", "scoring", "notifications")


@dataclass(frozen=True)
class Interface:
    """A running service: where it answers, what it says of itself, and names of things that are there."""

    address: str
    document: dict[str, Any]
    there: dict[str, list[Any]]


@pytest.fixture(scope="module")
async def dsns(servers: Servers, module_database: str) -> dict[str, str]:
    """Each service's role in a migrated database."""
    parts = urlsplit(module_database)
    found = {
        role: urlunsplit(parts._replace(netloc=f"{role}:{PASSWORD}@{parts.hostname}:{parts.port}")) for role in ROLES
    }
    await prepare_database(module_database, found)
    await create_topics(servers.kafka.address)
    return found


@pytest.fixture(scope="module")
async def interfaces(
    servers: Servers, dsns: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[str, Interface]]:
    """Ingest, scoring's read API and notifications, which show what is in their databases."""
    access = Access.model_validate(access_file())
    signing_keys = tmp_path_factory.mktemp("contract") / "signing-keys"
    ensure_keys(signing_keys)
    async with AsyncExitStack() as stack:
        ingest = create_ingest(settings_for(dsns["ingest"], servers.kafka.address), access)
        address = await stack.enter_async_context(served(ingest))
        scoring = create_api(
            ScoringSettings(
                kafka=NOWHERE,
                tokens_file=Path("/nonexistent"),
                scoring_dsn=SecretStr(dsns["scoring"]),
                signing_keys=signing_keys,
                simulated_at_once=5,
            ),
            access,
        )
        alerts = await _fill_notifications(dsns["notifications"], servers.kafka.address)
        notifications = create_notifications(
            NotificationsSettings(
                kafka=servers.kafka.address,
                tokens_file=Path("/nonexistent"),
                session_timeout_ms=6_000,
                notifications_dsn=SecretStr(dsns["notifications"]),
                notifications_token=SecretStr("all"),
                ingest_url=HttpUrl(address),
            ),
            access,
        )
        yield {
            "ingest": Interface(address, ingest.openapi(), await _fill_ingest(ingest, address)),
            "scoring": await _with_simulations(await _interface(stack, scoring, await _fill_scoring(dsns["scoring"]))),
            "notifications": await _interface(stack, notifications, alerts),
        }


async def _interface(stack: AsyncExitStack, app: FastAPI, there: dict[str, list[Any]]) -> Interface:
    return Interface(await stack.enter_async_context(served(app)), app.openapi(), there)


async def _read_on_from_the_end(pool: asyncpg.Pool, kafka: str) -> None:
    """What other tests have left on the shared topics is not to be folded here."""
    async with AIOKafkaConsumer(**client_options(kafka)) as consumer:
        await consumer._client.fetch_all_metadata()
        partitions = [
            TopicPartition(topic, number) for topic in TOPICS for number in consumer.partitions_for_topic(topic) or ()
        ]
        ends = await consumer.end_offsets(partitions)
    await pool.execute("DELETE FROM consumer_offset")
    for partition, end in ends.items():
        await pool.execute(
            "INSERT INTO consumer_offset (topic, partition, next_offset) VALUES ($1, $2, $3)", *partition, end
        )


async def _fill_ingest(app: FastAPI, address: str) -> dict[str, list[Any]]:
    source = Source()
    async with httpx.AsyncClient(base_url=address) as http:
        await app.state.door.log.wait_until_up(10)
        ingest = Ingest(http)
        events = [source.person("E1"), source.punch("employee:E1"), source.punch("employee:E2"), source.punch("unit:")]
        assert await ingest.take(events) == ["accepted", "accepted", "parked", "rejected"]
        letters = [letter["id"] for letter in await ingest.dead_letters()]
    mended = events[-1] | {"subject": "employee:E1"}
    return {"id": letters, "ids": ["E1", "E1,E2"], "body": [mended, *events]}


async def _fill_scoring(dsn: str) -> dict[str, list[Any]]:
    scoring = await Scoring.open(dsn)
    late = event_builders.punch("E1", "2026-03-02T08:20:00+07:00")
    founded = [event_builders.unit("A"), event_builders.person("E1"), event_builders.assigned("E1", "A")]
    rules = policy_events.document(1)
    proposal = policy_events.proposed("A", rules, "2026-04-01")
    publications = [policy_events.published(proposal, sha256) for sha256 in (policy_events.hash_of(rules), "0" * 64)]
    founded += [proposal, *publications]
    await scoring.fold(as_log([*founded, late], scoring.partitions), [9])
    given = await receipt(scoring, "employee:E1", "2026-03")
    await ReceiptBook(scoring.pool).keep_signed(given)
    await scoring.pool.close()
    return {
        "code": ["A", "E1"],
        "from": ["2026-03-01", "2026-01-01"],
        "to": ["2026-03-02", "2026-03-31"],
        "known_at": ["2026-03-21T00:00:00+07:00"],
        "at_least": ["directory/0:1", "events/0:0"],
        "sha256": [policy_events.hash_of(rules), sha256_of(given["digests"]), "1" * 64],
        "period": ["2026-03", "2026"],
        "unit": ["A"],
        "body": [rules, policy_events.shorter(rules), rules | {"version": 0}],
    }


async def _with_simulations(scoring: Interface) -> Interface:
    """Requests for one that is waited for and one that is not, and the id of the latter."""
    small = {"sha256": next(iter(shipped_by_sha256())), "unit": "A", "from": "2026-03", "to": "2026-04", "people": True}
    large = small | {"unit": "*", "to": "2026-12"}
    async with httpx.AsyncClient(base_url=scoring.address, headers={"authorization": "Bearer all"}) as http:
        begun = await http.post("/v1/policies/simulate", json=large)
    assert begun.status_code == 202, begun.text
    bodies = [*scoring.there.get("body", ()), small, small, large]
    job = begun.headers["location"].rpartition("/")[2]
    return replace(scoring, there=scoring.there | {"body": bodies, "job_id": [job]})


async def _fill_notifications(dsn: str, kafka: str) -> dict[str, list[Any]]:
    pool = await open_pool(dsn, size=4)
    installation = Installation(pool)
    days: list[date] = working_days(65)
    await installation.directory(unit("A"), head("E1", "A"))
    await installation.measures([*quiet("A", days[:60]), *dropped("A", days[60:])])
    alerts = [alert.id for alert in await installation.alerts()]
    await _read_on_from_the_end(pool, kafka)
    await pool.close()
    assert alerts
    return {"alert": alerts, "unit": ["A"]}
